/*
 * Writes to the registry of the store in the given folder for as long as it lives, from what it finds there; says each thing
 * before it asks for it, and again once it is durable.
 */
import { writeSync } from 'node:fs';
import { admit, expected, probe, token } from '@keyward/testing/store/registry';
import { openSqliteStore } from './sqlite/open.ts';

const [folder = '', start = '1'] = process.argv.slice(2);
const store = openSqliteStore(folder);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const revocation = (at: number) => ({ at, cause: 'affiliationChanged', reason: 'moved' }) as const;

for (let round = Number(start); ; round++) {
	say(`number ${await store.takeNumber('crl', round)}`);
	const seen = (await store.lease('hall/device/d'))?.epoch ?? 0;
	const [lease] = await store.takeLeases(`run ${round}`, [{ name: 'hall/device/d', seen, until: null }], round);
	say(`epoch ${lease?.epoch}`);
	const name = { ...probe, id: `d-${round}` };
	await admit(store, name, round);
	say(`admitted ${round}`);
	const there = { ...name, id: `e-${round}` };
	if (round % 2 === 0) await store.retire(name, revocation(round));
	else
		await store.transfer(
			name,
			{ principal: expected(there), token: token(there, round * 0x100 + 2) },
			revocation(round),
		);
	say(`ended ${round}`);
}
