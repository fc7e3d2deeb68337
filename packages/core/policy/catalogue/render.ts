import { type Objective, objectives } from '../objective.ts';
import { roughSpan } from '../span.ts';
import { builtInPart, countMarks } from './marks.ts';
import { type Ask, type CatalogueEntry, notBuilt } from './entry.ts';
import { catalogue } from './index.ts';
import { weighed } from './weighed.ts';

const MEANING: Readonly<Record<Objective, string>> = {
	authenticity: 'it is who it says it is, both ways',
	authorization: 'only those explicitly allowed',
	integrity: 'nothing is changed, replayed, dropped or rewritten unseen',
	confidentiality: 'nobody else reads it',
	adaptability: 'it can be mended, and is',
	resistance: 'a thief with the device gains little, and the work goes on',
};

const asks = ({ scale }: CatalogueEntry, ask: Ask | null): string => {
	if (ask === null) return '–';
	const age = ask.age === null ? '' : `, ${roughSpan(ask.age)}`;
	return `${scale.print(ask.value)} (${ask.strength}${age})`;
};

const face = (text: string): string => (text === notBuilt ? '**not built**' : text);

const enforcement = (entry: CatalogueEntry): string => {
	if (entry.builtTo === null) return face(notBuilt);
	return `\`${entry.enforcement}\`${builtInPart(entry) ? ` (**to ${entry.scale.print(entry.builtTo)}**)` : ''}`;
};

const section = (objective: Objective): string => {
	const rows = catalogue.filter((entry) => entry.objective === objective);
	const table = rows.map((entry) => `| \`${entry.id}\` | ${entry.asks.map((ask) => asks(entry, ask)).join(' | ')} |`);
	const faces = rows.map((entry) =>
		[
			`- **${entry.id}**. ${entry.statement}`,
			`  - at: ${entry.applies.join(', ')}`,
			`  - clause: ${entry.clause === 'ours' ? 'ours' : entry.clause.join('; ')}`,
			`  - enforcement: ${enforcement(entry)}`,
			`  - evidence: ${face(entry.evidence)}`,
			`  - attack: ${entry.attack === notBuilt ? face(notBuilt) : entry.attack.map((file) => `\`attacks/${file}\``).join(', ')}`,
		].join('\n'),
	);
	return [
		`## ${objective}: ${MEANING[objective]}`,
		['| requirement | level 0 | level 1 | level 2 | level 3 | level 4 |', '|---|---|---|---|---|---|', ...table].join(
			'\n',
		),
		faces.join('\n'),
	].join('\n\n');
};

/** `docs/requirements.md`, whole. */
export const renderRequirements = (): string =>
	`${[
		'# The requirements',
		'Generated from the catalogue in `packages/core/policy/catalogue` by `node scripts/requirements.ts`; edit that, not this.',
		'A policy gives each objective a level from 0 to 4, and a level asks of each requirement what its column says: the ' +
			'value, and in brackets how strong the evidence must be (claimed < observed < endorsed < attested) and how old it ' +
			'may be. A dash asks nothing. A level asks at least what the levels below it ask. At level 0 the rows that ask the ' +
			'same of every level stay on.',
		'Each requirement has four faces: the published **clause** that asks for it (or *ours*), the **enforcement** that ' +
			'makes it true, the **evidence** that shows it, and the **attacks** that fail because of it (`docs/attacks.md`). A face that is not ' +
			`built is marked, and counts as not held. Marks now: **${countMarks(catalogue)}**; the number may only fall.`,
		'Clauses: CR, EDR and CCSC are of IEC 62443-4-2:2019; EN 303 645 is numbered as in V3.1.3; CRA is Regulation (EU) ' +
			'2024/2847. They are named, not quoted.',
		...objectives.map(section),
		'## Weighed, and not made a row',
		weighed
			.map(({ clause, about, answeredBy, reason }) => {
				const by = answeredBy.length > 0 ? `answered by ${answeredBy.map((id) => `\`${id}\``).join(', ')}` : 'no row';
				return `- **${clause}** (${about}): ${by}. ${reason}`;
			})
			.join('\n'),
	].join('\n\n')}\n`;
