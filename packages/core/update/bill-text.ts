import type { BillComponent, BillOfMaterials } from './bill-of-materials.ts';
import { parsePackageUrl, printPackageUrl } from './package-url.ts';

type Row = readonly [name: string, version: string | null, purl: string | null];

interface Written {
	readonly specVersion: string;
	readonly subject: Row | null;
	readonly components: readonly Row[];
}

const toRow = ({ name, version, purl }: BillComponent): Row => [name, version, purl && printPackageUrl(purl)];

const fromRow = ([name, version, purl]: Row): BillComponent => ({
	name,
	version,
	purl: purl === null ? null : parsePackageUrl(purl),
});

/** What matters of a bill, as a store keeps it. */
export const writeBill = ({ specVersion, subject, components }: BillOfMaterials): string =>
	JSON.stringify({
		specVersion,
		subject: subject && toRow(subject),
		components: components.map(toRow),
	} satisfies Written);

/** The bill that `writeBill` wrote: of our store, and not judged again. */
export const readBill = (text: string): BillOfMaterials => {
	const { specVersion, subject, components } = JSON.parse(text) as Written;
	return { specVersion, subject: subject && fromRow(subject), components: components.map(fromRow) };
};
