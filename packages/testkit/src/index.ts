export { freePort, startHouse, type TestHouse } from './house.ts';
export { createTestPlatform, type TestCaller, type TestPlatform } from './platform.ts';
