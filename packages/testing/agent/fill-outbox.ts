import { Outbox } from '../../agent/outbox/outbox.ts';

// Fills the outbox of a folder until it is killed; writes each number when its reading is durable.

const [folder = '', first = '0'] = process.argv.slice(2);
const outbox = new Outbox(folder);
for (let number = Number(first); ; number++) {
	outbox.put({ stream: 'count', time: number, value: number });
	if (number % 7 === 0) outbox.acknowledged(outbox.next(2).map(({ id }) => id));
	process.stdout.write(`${number}\n`);
	// A turn of the loop, so that what was written leaves the process.
	await new Promise((resolve) => setImmediate(resolve));
}
