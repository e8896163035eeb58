/** jest's `globalTeardown` of the acceptance suite. */
export { stop as default } from './store-server';
