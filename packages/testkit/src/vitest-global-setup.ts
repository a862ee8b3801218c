import { clusterVariable } from './database.ts';
import { makeTemporaryFolder, startTestCluster } from './test-cluster.ts';

let stop: (() => Promise<void>) | undefined;

/** Vitest calls this once before a run, in the process that starts the workers. */
export async function setup(): Promise<void> {
  const started = await startTestCluster();
  const temporary = await makeTemporaryFolder();
  process.env.TMPDIR = temporary.path;
  stop = async () => {
    await started.stop();
    await temporary.remove();
  };
  process.env[clusterVariable] = JSON.stringify(started.cluster);
}

/** Vitest calls this once after a run. */
export async function teardown(): Promise<void> {
  await stop?.();
}
