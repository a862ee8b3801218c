export { contractCommand } from './commands/contract.ts';
