import { serve } from '@keyward/service';

// The service as `keyward serve` runs it, in its own process, told by IPC to expect devices. Nothing of a bench runs in it.

/** Parent to server, once it is up. */
export interface Expect {
	readonly policy: string;
	readonly application: string;
	readonly devices: readonly string[];
}

/** Server to parent: first where it listens, then the commissioning strings asked for. */
export type ServerMessage = { readonly mqttUrl: string } | { readonly commissioning: readonly string[] };

const [data] = process.argv.slice(2);
if (data === undefined) throw new Error('usage: keyward-server.ts DATA');

const tell = (message: ServerMessage): void => void process.send?.(message);
const service = await serve({ data, httpsPort: 0, mqttsPort: 0, oldestReading: null }, (error) => console.error(error));

const AT_ONCE = 100;

const expect = async ({ policy, application, devices }: Expect): Promise<void> => {
	await service.call('policy.apply', { text: policy });
	const commissioning: string[] = [];
	for (let at = 0; at < devices.length; at += AT_ONCE) {
		const some = devices.slice(at, at + AT_ONCE);
		const expected = await Promise.all(some.map((device) => service.call('device.expect', { application, device })));
		commissioning.push(...expected.map((one) => one.commissioning));
	}
	tell({ commissioning });
};

process.on('message', (message: Expect) => {
	expect(message).catch((error: unknown) => {
		console.error(error);
		process.exit(1);
	});
});
process.once('SIGTERM', () => {
	void service.stop().finally(() => process.exit());
});
tell({ mqttUrl: service.mqttUrl });
