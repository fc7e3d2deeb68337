import { bareNode } from './lib/bare-node-target.ts';
import { compare, median, type Side } from './lib/compare.ts';
import { circumstances, middle, perCpuSecond, spread, table, verdict, writeSection } from './lib/report.ts';
import { targets } from './lib/targets.ts';

// Full TLS 1.3 handshakes with both certificates, then CONNECT to CONNACK, then gone. Nothing is resumed.

const aim = 1.4;
const common = { kind: 'handshake', connections: 16, warmUpSeconds: 2, seconds: 6 } as const;
const offers = [
	{ name: 'X25519 on both sides', groups: 'X25519' },
	{ name: "OpenSSL's own offer (X25519MLKEM768 where the server has it)" },
];
const demands = offers.map(({ groups }) => ({ ...common, ...(groups === undefined ? {} : { groups }) }));
const measured = await compare(targets(bareNode), 400, demands, { rounds: 3, fresh: false });

const rows = offers.flatMap(({ name }, index) => {
	const sides = measured[index] ?? [];
	const against = (side: Side, name: string): number | null => {
		const other = sides.find(({ target }) => target.name === name);
		if (other === undefined || side.target.name !== 'keyward') return null;
		return middle(side, perCpuSecond) / middle(other, perCpuSecond);
	};
	return sides.map((side) => {
		const [ratio, bare] = [against(side, 'mosquitto'), against(side, 'bare-node')];
		return [
			name,
			side.target.name,
			spread(side, perCpuSecond),
			spread(side, ({ count, seconds }) => count / seconds),
			median(side.results.map(({ serverCpu, seconds }) => serverCpu / seconds)).toFixed(2),
			median(side.results.map(({ loadCpu, seconds }) => loadCpu / seconds)).toFixed(2),
			ratio === null ? '' : `${ratio.toFixed(2)} ×${index === 0 ? `; aim ≥ ${aim} ×: ${verdict(ratio >= aim)}` : ''}`,
			bare === null ? '' : `${bare.toFixed(2)} ×`,
		];
	});
});

writeSection(
	'Handshakes',
	`${circumstances(measured[0] ?? [])}

16 at a time from 400 devices, each a full handshake with P-256 certificates on both sides, CONNECT and CONNACK.

${table(['key exchange offered', 'server', 'handshakes per server-CPU-second', 'handshakes per second', 'server cores', 'load cores', 'against mosquitto', 'against bare Node'], rows)}`,
);
