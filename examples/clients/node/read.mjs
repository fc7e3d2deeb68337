// node read.mjs FOLDER TOPIC [COUNT]: readings as they come; TOPIC may have + and #, as far as the reader's grants go.
import mqtt from 'mqtt';
import { end, openIdentity } from './identity.mjs';

// A closed pipe, as of `| head`: nobody reads on.
process.stdout.on('error', () => process.exit());
const [folder = '', topic = '', count = 'Infinity'] = process.argv.slice(2);
if (topic === '') end('usage: node read.mjs FOLDER TOPIC [COUNT]');
const { mqttUrl, options } = await openIdentity(folder);
const client = await mqtt.connectAsync(mqttUrl, options);
let left = Number(count);
client.on('message', (_topic, payload) => {
	for (const { n, t, v, u } of JSON.parse(payload.toString())) {
		console.log(`${new Date(t * 1000).toISOString()} ${n} ${v} ${u}`);
		if (--left === 0) void client.endAsync();
	}
});
try {
	await client.subscribeAsync(topic, { qos: 1 });
	console.error(`reading ${topic}`);
} catch (error) {
	console.error(`no grant touches ${topic}: ${error instanceof Error ? error.message : String(error)}`);
	process.exitCode = 1;
	await client.endAsync();
}
