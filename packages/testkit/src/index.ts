export { createTestPlatform, type TestCaller, type TestPlatform } from './platform.ts';
