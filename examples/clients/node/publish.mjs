// node publish.mjs FOLDER STREAM UNIT < values: each line a number; acknowledged means durable.
import { createInterface } from 'node:readline';
import mqtt from 'mqtt';
import { end, openIdentity } from './identity.mjs';

// A closed pipe, as of `| head`: nobody reads on.
process.stdout.on('error', () => process.exit());
const [folder = '', stream = '', unit = ''] = process.argv.slice(2);
if (unit === '') end('usage: node publish.mjs FOLDER STREAM UNIT < values');
const { application, id, mqttUrl, options } = await openIdentity(folder);
const client = await mqtt.connectAsync(mqttUrl, options);
let last = 0;
for await (const line of createInterface({ input: process.stdin })) {
	const value = Number(line);
	if (line.trim() === '' || !Number.isFinite(value)) continue;
	// A reading is (device, stream, time): two of one millisecond would be one.
	last = Math.max(Date.now(), last + 1);
	const pack = [{ n: `${id}/${stream}`, u: unit, t: last / 1000, v: value }];
	try {
		await client.publishAsync(`${application}/${id}/${stream}`, JSON.stringify(pack), { qos: 1 });
		console.log(`stored ${value}`);
	} catch (error) {
		// Refused by the policy; the reason code says what kind. A reading that was not acknowledged is to be sent again.
		console.error(`refused ${value}: ${error instanceof Error ? error.message : String(error)}`);
		process.exitCode = 1;
	}
}
await client.endAsync();
