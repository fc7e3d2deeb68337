import { printPackageUrl, readBillOfMaterials } from '@keyward/core/update';
import { type Locked, MODULES, shippedPackages } from './shipped.ts';

const componentAt = (place: string, { version = '', integrity, license }: Locked): object => {
	const name = place.slice(place.lastIndexOf(MODULES) + MODULES.length);
	const [, scope = '', plain = name] = /^(@[^/]+)[/](.+)$/.exec(name) ?? [];
	const purl = printPackageUrl({
		...{ type: 'npm', namespace: scope, name: plain, version, qualifiers: new Map(), subpath: '' },
	});
	const digest = integrity?.startsWith('sha512-') ? Buffer.from(integrity.slice(7), 'base64').toString('hex') : null;
	return {
		...{ type: 'library', 'bom-ref': place, name, version, purl },
		...(digest !== null && { hashes: [{ alg: 'SHA-512', content: digest }] }),
		...(license !== undefined && { licenses: [{ expression: license }] }),
	};
};

/**
 * The bill of materials of what `npm run pack` makes (CycloneDX 1.6 JSON), from the lock file alone, without time and random
 * number: one lock file has one bill. `npm sbom` leaves out what the workshop needs as well (mqtt).
 */
export const billOfKeyward = (root: string, version: string): string => {
	const purl = `pkg:npm/keyward@${version}`;
	const bill = {
		...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
		metadata: { component: { type: 'application', 'bom-ref': purl, name: 'keyward', version, purl } },
		components: shippedPackages(root).map(({ place, locked }) => componentAt(place, locked)),
	};
	const text = `${JSON.stringify(bill, null, '\t')}\n`;
	readBillOfMaterials(text);
	return text;
};
