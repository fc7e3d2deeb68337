import { Problem } from '../../problem/problem.ts';
import { didYouMean } from '../../policy/nearest.ts';
import type {
	HeldKey,
	Inventory,
	InventoryAuthority,
	InventoryDevice,
	InventoryGateway,
	InventoryPerson,
} from '../inventory.ts';
import { csvHeader, type CsvRow, csvRows } from './csv-rows.ts';
import { custodyNamed, type NameSecret } from './holders.ts';

/** What each column of a list is for. `device` and one more tell that a CSV is such a list. */
export const csvColumns = [
	...['kind', 'device', 'application', 'class', 'key', 'psk', 'secret', 'custody', 'ca', 'gateway', 'behind'],
	...['streams', 'essential', 'commands', 'operates'],
] as const;

const telling = ['application', 'key', 'psk', 'secret', 'custody', 'gateway', 'kind', 'ca', 'streams'];

/** Whether the first line is the header of such a list, and not of an export of keys. */
export const isInventoryCsv = (text: string): boolean => {
	const titles = csvHeader(text)?.titles ?? [];
	return titles.includes('device') && telling.some((title) => titles.includes(title));
};

/** A secret in hexadecimal is one secret in either case. */
const oneSpelling = (secret: string): string => (/^(?:[0-9a-f]{2}){8,}$/i.test(secret) ? secret.toLowerCase() : secret);

const several = (cell: string): string[] => [...new Set(cell.split(/[;|\s]+/).filter(Boolean))];

const bad = ({ line }: CsvRow, why: string): Problem => new Problem('inventory-malformed', `line ${line}: ${why}`);

const yes = (row: CsvRow, title: string): boolean => {
	const word = row.of(title).toLowerCase();
	if (['', 'no', 'false', '0'].includes(word)) return false;
	if (['yes', 'true', '1'].includes(word)) return true;
	throw bad(row, `${title} is yes or no, not ${JSON.stringify(row.of(title))}`);
};

/**
 * A list that a person keeps: one row a device; with `kind`, rows for a gateway, a ca or a person too. Unknown columns are refused,
 * so that a mistyped `custody` is not taken for none.
 */
export const csvInventory = (text: string, nameSecret: NameSecret): Inventory => {
	const unknown = csvHeader(text)?.titles.find((title) => !csvColumns.some((one) => one === title));
	if (unknown !== undefined)
		throw new Problem(
			'inventory-malformed',
			`line 1: column ${JSON.stringify(unknown)} is not known${didYouMean(unknown, csvColumns)}: use ${csvColumns.join(', ')}`,
		);
	const devices: InventoryDevice[] = [];
	const gateways: InventoryGateway[] = [];
	const authorities: InventoryAuthority[] = [];
	const people: InventoryPerson[] = [];
	const assumptions = new Set<string>();
	let keyless = 0;
	for (const row of csvRows(text)) {
		const name = row.of('device');
		if (name === '') throw bad(row, 'the column device is empty');
		const application = row.of('application');
		const custody = custodyNamed(row.of('custody'), `line ${row.line}`);
		if (row.of('custody') === '') assumptions.add('Where custody is empty, the key is taken to be a file.');
		const secrets = new Set(['psk', 'secret'].map((title) => oneSpelling(row.of(title))).filter(Boolean));
		const keys: HeldKey[] = [
			...several(row.of('key')).map((key) => ({ key, custody, opensRecorded: false })),
			...[...secrets].map((psk) => ({ key: `psk ${nameSecret(psk)}`, custody, opensRecorded: true })),
		];
		switch (row.of('kind').toLowerCase()) {
			case '':
			case 'device': {
				const streams = several(row.of('streams'));
				const essential = yes(row, 'essential');
				if (keys.length === 0) keyless++;
				devices.push({
					id: application === '' ? name : `${application}/${name}`,
					class: row.of('class') || null,
					keys,
					streams: (streams.length > 0 ? streams : ['readings']).map((stream) => ({
						...{ name: stream, essential, sealed: false },
					})),
					commands: row.of('commands') === '' || yes(row, 'commands'),
					authorities: several(row.of('ca')),
					gateways: several(row.of('gateway')),
					updateRoles: [],
				});
				break;
			}
			case 'gateway':
				gateways.push({ id: name, keys, behind: row.of('behind') || null });
				break;
			case 'ca': {
				const [key] = keys;
				if (key === undefined) throw bad(row, 'a CA has one key: fill the column key');
				authorities.push({
					id: name,
					key,
					onService: false,
					certifies: several(row.of('ca')),
					certifiesService: false,
				});
				break;
			}
			case 'person':
				people.push({ id: name, operatesService: yes(row, 'operates'), keys: keys.map(({ key }) => key) });
				break;
			default:
				throw bad(row, `${JSON.stringify(row.of('kind'))} is no kind: use device, gateway, ca or person`);
		}
	}
	if (keyless > 0) assumptions.add(`Rows of devices without a key: ${keyless}. What shares theirs is not known.`);
	return {
		source: 'CSV',
		...{ devices, readers: [], gateways, authorities, updateRoles: [], people, service: null },
		assumptions: [...assumptions],
	};
};
