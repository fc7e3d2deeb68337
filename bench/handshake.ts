import { compare, median } from './lib/compare.ts';
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
const measured = await compare(targets(), 400, demands, { rounds: 3, fresh: false });

const rows = offers.flatMap(({ name }, index) => {
	const sides = measured[index] ?? [];
	const other = sides.find(({ target }) => target.name === 'mosquitto');
	return sides.map((side) => {
		const ratio =
			other === undefined || other === side ? null : middle(side, perCpuSecond) / middle(other, perCpuSecond);
		return [
			name,
			side.target.name,
			spread(side, perCpuSecond),
			spread(side, ({ count, seconds }) => count / seconds),
			median(side.results.map(({ serverCpu, seconds }) => serverCpu / seconds)).toFixed(2),
			median(side.results.map(({ loadCpu, seconds }) => loadCpu / seconds)).toFixed(2),
			ratio === null ? '' : `${ratio.toFixed(2)} ×${index === 0 ? `; aim ≥ ${aim} ×: ${verdict(ratio >= aim)}` : ''}`,
		];
	});
});

writeSection(
	'Handshakes',
	`${circumstances(measured[0] ?? [])}

16 at a time from 400 devices, each a full handshake with P-256 certificates on both sides, CONNECT and CONNACK.

${table(['key exchange offered', 'server', 'handshakes per server-CPU-second', 'handshakes per second', 'server cores', 'load cores', 'against mosquitto'], rows)}`,
);
