import { Problem } from '@keyward/core';
import { shownVulnerabilities } from './advisory-list.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const advisoryShow =
	(dependencies: ApiDependencies): Answer<'advisory.show'> =>
	async ({ id }) => {
		const isAbout = (one: { readonly id: string; readonly aliases: readonly string[] }): boolean =>
			one.id === id || one.aliases.includes(id);
		const documents = dependencies.updates.documents.known().flatMap((document) =>
			document.advisories.filter(isAbout).map(({ published, withdrawn, summary, statements }) => ({
				...{ id: document.id, format: document.format, publisher: document.publisher, trusted: document.trusted },
				...{ updated: document.updated, imported: document.imported, published, withdrawn, summary },
				statements: [...new Set(statements.map((one) => `${one.status} ${one.package}`))],
			})),
		);
		if (documents.length === 0)
			throw new Problem(
				'no-such-thing',
				`No advisory has the id ${JSON.stringify(id)}; keyward advisory list shows what concerns this site.`,
			);
		const all = await shownVulnerabilities(dependencies);
		return {
			documents,
			vulnerabilities: all.filter((one) => isAbout({ id: one.vulnerability, aliases: one.aliases })),
		};
	};
