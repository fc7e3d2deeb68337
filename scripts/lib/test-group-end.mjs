import { after } from 'node:test';

// Imported first by the file of a group (test-groups.ts): a test that ends its process with 0 would hide all that had not run.

let isWhole = false;
after(() => {
	isWhole = true;
});
process.on('exit', () => {
	if (isWhole) return;
	console.error('a file of this group ended the process before all its tests had run');
	process.exitCode = 1;
});
