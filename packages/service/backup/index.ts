export { backup } from './backup.ts';
export { restore, type Restored } from './restore.ts';
