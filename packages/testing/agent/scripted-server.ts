import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { generate, type Packet, parser } from 'mqtt-packet';
import type { TestCertificates } from './broker.ts';

/**
 * An MQTT 5 server over mutual TLS that answers each packet with what the script says; for answers that mosquitto does
 * not give. Gives its URL.
 */
export const startScriptedServer = async (
	t: TestContext,
	{ folder, deviceCa }: TestCertificates,
	script: (packet: Packet) => Packet[],
): Promise<string> => {
	const sockets = new Set<TLSSocket>();
	const server = createServer(
		{
			cert: readFileSync(`${folder}/server.pem`),
			key: readFileSync(`${folder}/server.key`),
			ca: deviceCa,
			requestCert: true,
			rejectUnauthorized: true,
		},
		(socket) => {
			sockets.add(socket);
			const input = parser({ protocolVersion: 5 });
			input.on('packet', (packet: Packet) => {
				for (const answer of script(packet)) {
					socket.write(generate(answer, { protocolVersion: 5 }));
					if (answer.cmd === 'disconnect' || (answer.cmd === 'connack' && answer.reasonCode !== 0)) socket.end();
				}
			});
			socket.on('data', (data: Buffer) => input.parse(data));
			socket.on('error', () => {});
			socket.on('close', () => sockets.delete(socket));
		},
	).listen(0, '127.0.0.1');
	t.after(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	return `mqtts://localhost:${address.port}`;
};
