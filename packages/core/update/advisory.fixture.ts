/** Documents for tests: one vulnerability of one package, as OSV and as CSAF tell it. */

export const osv = (rest: object): string =>
	JSON.stringify({
		...{ id: 'OSV-1', modified: '2026-10-02T00:00:00Z', published: '2026-10-01T00:00:00Z', aliases: ['CVE-2026-1'] },
		affected: [
			{
				package: { ecosystem: 'npm', name: '@acme/codec' },
				ranges: [
					{
						type: 'SEMVER',
						events: [{ introduced: '0' }, { fixed: '1.4.0' }, { introduced: '2.0.0' }, { last_affected: '2.3.1' }],
					},
				],
			},
		],
		...rest,
	});

export const product = (id: string, purl: string): object => ({
	...{ product_id: id, name: id },
	product_identification_helper: { purl },
});

export const csaf = (
	status: object,
	rest: { tree?: object; vulnerability?: object; document?: object; date?: string } = {},
): string =>
	JSON.stringify({
		document: {
			...{
				category: 'csaf_vex',
				csaf_version: '2.0',
				title: 'gamma',
				publisher: { namespace: 'https://acme.example' },
			},
			tracking: {
				...{ id: 'ACME-1', status: 'final', initial_release_date: '2026-10-05T00:00:00Z' },
				current_release_date: rest.date ?? '2026-10-06T00:00:00Z',
			},
			...rest.document,
		},
		product_tree: rest.tree ?? { full_product_names: [product('codec', 'pkg:npm/%40acme/codec@1.3.0')] },
		vulnerabilities: [
			{
				...{ cve: 'CVE-2026-1', product_status: status },
				flags: [{ label: 'vulnerable_code_not_in_execute_path', product_ids: ['codec'] }],
				...rest.vulnerability,
			},
		],
	});
