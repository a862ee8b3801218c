// Loaded into what `npm start` runs. The pipe at descriptor 3 closes when the script that holds its other end is gone,
// even by a kill that it could not answer: then this process ends as if it had been asked to.
import { Socket } from 'node:net';

const line = new Socket({ fd: 3 });
line.on('close', () => process.kill(process.pid, 'SIGTERM'));
line.on('error', () => {});
line.resume();
line.unref();
