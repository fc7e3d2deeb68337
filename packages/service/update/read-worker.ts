import { parentPort, workerData } from 'node:worker_threads';
import { readHere } from './read-here.ts';
import type { ReadTask } from './read-task.ts';

/** Reads the file that it is told to, in a thread for itself: a bill of an operating system keeps a core busy for seconds. */

parentPort?.postMessage(readHere(workerData as ReadTask), []);
