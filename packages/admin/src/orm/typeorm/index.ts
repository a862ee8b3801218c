export { typeormAdmin } from './adapter.ts';
