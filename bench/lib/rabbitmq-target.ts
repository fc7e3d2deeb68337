import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canInstall, commandPath, installPackages } from '@keyward/testing/debian';
import { freePort } from './free-port.ts';
import { listening } from './listening.ts';
import { peerIdentities } from './peer-identities.ts';
import type { Identity, Running, Target } from './target.ts';

const server = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const control = '/usr/lib/rabbitmq/bin/rabbitmqctl';

/** Its daemon is not wanted, only its program. */
const requirePackage = (): void => {
	if (!existsSync(server) && canInstall()) installPackages(['rabbitmq-server']);
	if (!existsSync(server)) throw new Error('needs Debian package rabbitmq-server');
};

/** One durable quorum queue gets every reading; each device may write its one topic, and read none. */
const definitions = (identities: readonly Identity[]): unknown => {
	const vhost = '/';
	const users = identities.map(({ clientId }) => clientId);
	return {
		vhosts: [{ name: vhost }],
		// No password: they come by certificate.
		users: users.map((name) => ({ name, password_hash: '', tags: [] })),
		permissions: users.map((user) => ({ user, vhost, configure: '^$', write: '^amq\\.topic$', read: '^$' })),
		topic_permissions: identities.map(({ clientId, topic }) => {
			const write = `^${topic.replaceAll('/', '\\.')}$`;
			return { user: clientId, vhost, exchange: 'amq.topic', write, read: '^$' };
		}),
		queues: [{ name: 'readings', vhost, durable: true, auto_delete: false, arguments: { 'x-queue-type': 'quorum' } }],
		bindings: [
			{
				source: 'amq.topic',
				vhost,
				destination: 'readings',
				destination_type: 'queue',
				routing_key: '#',
				arguments: {},
			},
		],
	};
};

const configuration = (folder: string, port: number): string => `
listeners.tcp = none
mqtt.listeners.tcp = none
mqtt.listeners.ssl.1 = 127.0.0.1:${port}
mqtt.allow_anonymous = false
mqtt.ssl_cert_login = true
ssl_cert_login_from = common_name
ssl_options.cacertfile = ${folder}/ca.pem
ssl_options.certfile = ${folder}/server.pem
ssl_options.keyfile = ${folder}/server.key
ssl_options.versions.1 = tlsv1.3
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
mqtt.tcp_listen_options.backlog = 4096
mqtt.tcp_listen_options.nodelay = true
load_definitions = ${folder}/definitions.json
vm_memory_high_watermark.relative = 0.6
disk_free_limit.absolute = 50MB
log.file = false
log.console = true
log.console.level = error
`;

interface Node {
	readonly child: ChildProcess;
	/** Erlang's port mapper: it would stay behind when the node started it. */
	readonly epmd: ChildProcess;
	readonly environment: NodeJS.ProcessEnv;
}

const startNode = async (folder: string): Promise<Node> => {
	const [epmdPort, distribution] = [await freePort(), await freePort()];
	const environment = {
		PATH: process.env['PATH'] ?? '/usr/bin:/bin',
		HOME: folder,
		LANG: 'C.UTF-8',
		ERL_EPMD_PORT: String(epmdPort),
		ERL_EPMD_ADDRESS: '127.0.0.1',
		RABBITMQ_NODENAME: 'bench@localhost',
		RABBITMQ_DIST_PORT: String(distribution),
		RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
		RABBITMQ_CONF_ENV_FILE: '/dev/null',
		RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
		RABBITMQ_MNESIA_BASE: join(folder, 'data'),
		RABBITMQ_LOG_BASE: join(folder, 'log'),
		RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
		// With this its script becomes the server, and no process stands between.
		RUNNING_UNDER_SYSTEMD: 'true',
	};
	const epmd = spawn('epmd', ['-address', '127.0.0.1', '-port', String(epmdPort)], { stdio: 'ignore' });
	await listening(epmdPort, 10);
	const log = openSync(join(folder, 'rabbitmq.log'), 'w');
	const shell = 'ulimit -n 65535 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$0"';
	const child = spawn('sh', ['-c', shell, server], { stdio: ['ignore', log, log], env: environment });
	closeSync(log);
	return { child, epmd, environment };
};

/** What its own tool says of the node; empty where it cannot be asked yet. */
const ask = ({ environment }: Node, ...words: readonly string[]): string => {
	const { status, stdout } = spawnSync(control, ['-q', ...words], { encoding: 'utf8', env: environment });
	return status === 0 ? stdout : '';
};

/** Definitions are read after the listeners have begun: without its binding a reading would be acknowledged and dropped. */
const ready = async (node: Node): Promise<void> => {
	for (let tries = 0; tries < 60; tries++) {
		if (node.child.exitCode !== null) throw new Error('rabbitmq ended before it was ready');
		const bindings = ask(node, 'list_bindings', 'source_name', 'destination_name');
		if (/^amq\.topic\s+readings$/m.test(bindings)) return;
		await sleep(500);
	}
	throw new Error('rabbitmq did not get ready: see rabbitmq.log');
};

/** Debian's RabbitMQ with its MQTT plugin: PUBACK once the quorum queue has the message in its log, synced to the disk. */
export const rabbitmq: Target = {
	name: 'rabbitmq',

	describe() {
		requirePackage();
		const query = spawnSync('dpkg-query', ['-W', '-f', '${Version}', 'rabbitmq-server'], { encoding: 'utf8' });
		return `RabbitMQ ${query.stdout.trim()} (Debian), MQTT 3.1.1 plugin, TLS 1.3 with client certificates, topic permissions for each device, one durable quorum queue of one node that every reading is routed to: PUBACK after the queue's publisher confirm, which comes once its log is synced to the disk; as configured in \`bench/lib/rabbitmq-target.ts\``;
	},

	async start(folder, devices): Promise<Running> {
		requirePackage();
		if (commandPath('epmd') === null) throw new Error('needs Debian package erlang-base');
		const identities = await peerIdentities(folder, devices);
		const port = await freePort();
		mkdirSync(join(folder, 'log'), { recursive: true });
		writeFileSync(join(folder, 'definitions.json'), JSON.stringify(definitions(identities)));
		writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_mqtt].\n');
		writeFileSync(join(folder, 'rabbitmq.conf'), configuration(folder, port));
		const node = await startNode(folder);
		const stop = async (): Promise<void> => {
			for (const one of [node.child, node.epmd]) if (one.exitCode === null && one.kill()) await once(one, 'exit');
		};
		try {
			await ready(node);
			await listening(port, 60);
		} catch (error) {
			await stop();
			throw error;
		}
		const { pid } = node.child;
		if (pid === undefined) throw new Error('rabbitmq did not start');
		return {
			port,
			pid,
			identities,
			protocol: 4,
			ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
			async stop() {
				const [, count] = /^readings\s+(\d+)$/m.exec(ask(node, 'list_queues', 'name', 'messages')) ?? [];
				await stop();
				if (!(Number(count) > 0)) throw new Error('nothing of the load came into the durable queue');
			},
		};
	},
};
