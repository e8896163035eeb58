/** What the shop sells. Data only. Units: `priceMinor` euro cents. */

export interface Product {
  id: string;
  title: string;
  productType: string;
  priceMinor: number;
  image: boolean;
}

export const PHARMACY = 'Pharmacy';

const product = (number: number, title: string, productType: string, priceMinor: number, image = true): Product => ({
  id: String(8_800_000_000_000 + number),
  title,
  productType,
  priceMinor,
  image,
});

/** Everything but the pharmacy: people without the case `pharmacyOrder` buy only here. */
export const PRODUCTS: readonly Product[] = [
  product(1, 'Wool blanket "Fjord"', 'Home', 8900),
  product(2, 'Espresso cups, set of 4', 'Kitchen', 2450),
  product(3, 'Linen shirt', 'Clothing', 5995),
  product(4, 'Trail running shoes', 'Sport', 12_900),
  product(5, 'Oak sofa, three-seater', 'Furniture', 142_900),
  product(6, 'Notebook A5 – dotted', 'Stationery', 1290),
  product(7, 'Bicycle lamp', 'Sport', 3490),
  product(8, 'Gift card', '', 2500, false),
  product(9, 'Garden shears', 'Garden', 3999),
  product(10, 'Desk lamp', 'Home', 7400),
];

export const PHARMACY_PRODUCTS: readonly Product[] = [
  product(101, 'Nicotine patches 14 mg', PHARMACY, 2899),
  product(102, 'Blood glucose test strips', PHARMACY, 3195),
  product(103, 'Iron tablets', PHARMACY, 999),
];
