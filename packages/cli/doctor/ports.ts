import { once } from 'node:events';
import { createServer } from 'node:net';
import type { SiteHealth } from '@keyward/contract';
import { type Check, codeOf, finding, held, type Patient } from './check.ts';

/** A port that the settings ask for. */
interface Wanted {
	readonly what: string;
	readonly host: string;
	readonly port: number;
}

const wantedOf = ({ site }: Patient): Wanted[] => {
	const host = site?.listen ?? '127.0.0.1';
	const { https = [], http = null, mqtt = [], metrics = null } = site?.ports ?? {};
	const api = https.length === 0 ? [{ port: 8443 }] : https;
	const listeners = mqtt.length === 0 ? [{ port: 8883 }] : mqtt;
	// As keyward serve takes them: the first of each kind.
	const [httpsPort, mqttsPort] = [portOf('KEYWARD_HTTPS_PORT'), portOf('KEYWARD_MQTTS_PORT')];
	const first = (given: number | null, port: number, index: number): number => (index === 0 ? (given ?? port) : port);
	const wanted: Wanted[] = [
		...api.map(({ port }, index) => ({ what: 'HTTPS', host, port: first(httpsPort, port, index) })),
		...listeners.map(({ port }, index) => ({ what: 'MQTT', host, port: first(mqttsPort, port, index) })),
	];
	if (http !== null) wanted.push({ what: 'HTTP', host, port: http });
	if (metrics !== null) wanted.push({ what: 'metrics', ...metrics });
	return wanted.filter(({ port }) => port !== 0);
};

/** Null where it is not set, or is no port: keyward serve says so. */
const portOf = (variable: string): number | null => {
	const text = process.env[variable] ?? '';
	return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
};

/** The ports asked for are free; or, where a site runs, those that its process has open are those that it declares (least-function). */
export const checkPorts = async (patient: Patient): Promise<Check[]> => {
	const { running } = patient;
	if (running !== null) return [checkOpen(running)];
	return Promise.all(wantedOf(patient).map(checkFree));
};

/** CR 7.7: a port that nobody declared is a door that nobody guards. */
const checkOpen = ({ declaredPorts: declared, openPorts: open, sharedPorts: shared }: SiteHealth): Check => {
	const list = (ports: readonly number[]): string => ports.join(', ');
	if (open === null)
		return { check: 'ports', state: 'unknown', said: 'this system does not show which are open', mend: null };
	if (shared !== null && shared.length > 0)
		return finding(
			'ports',
			`another process listens on ${list(shared)} too, and gets some of the devices' connections`,
			'find it with ss -ltnp, and end it or give it another port',
		);
	const extra = open.filter((port) => !declared.includes(port));
	const missing = declared.filter((port) => !open.includes(port));
	if (extra.length > 0)
		return finding(
			'ports',
			`the site also listens on ${list(extra)}, which nothing declares`,
			'stop it and find out what opened that',
		);
	if (missing.length > 0)
		return finding('ports', `the site does not listen on ${list(missing)}`, 'start it again, and look at its log');
	return held('ports', `the site listens on ${list(open)}, as declared, and on no other`);
};

const WHY: Readonly<Record<string, readonly [string, string]>> = {
	EADDRINUSE: ['another program listens there', 'end it (ss -ltnp shows it), or choose another port in the site file'],
	EACCES: ['this user may not open it', 'choose a port from 1024 on, or give the service CAP_NET_BIND_SERVICE'],
	EADDRNOTAVAIL: ['this machine has no such address', 'mend listen in the site file'],
};

const checkFree = async ({ what, host, port }: Wanted): Promise<Check> => {
	const check = `port ${port}`;
	const server = createServer().listen({ host, port });
	try {
		await once(server, 'listening');
		return held(check, `${what}: free`);
	} catch (error) {
		const [why, mend] = WHY[codeOf(error)] ?? [codeOf(error), 'choose another in the site file'];
		return finding(check, `${what}: ${why}`, mend);
	} finally {
		server.close();
	}
};
