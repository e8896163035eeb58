/** The version of what lies in records' categories, whatever their source. Rises when the shape of one changes, with a step in record-upgrades.ts. */
export const RECORD_VERSION = 2;
