/** jest's `globalSetup` of the acceptance suite. */
export { start as default } from './store-server';
