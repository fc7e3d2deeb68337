import type { Operations } from '@keyward/contract';
import { exit, printJson, printTable } from '../terminal/output.ts';
import { ask, ofApplication, type SiteOptions } from './site.ts';

export type Components = Operations['posture.components']['output']['components'];

const PAGE = 200;

/** `keyward posture --components`: exit code 1 when a component falls short of what is required. */
export const showComponents = async (
	options: SiteOptions & { readonly application?: string; readonly all?: boolean },
): Promise<void> => {
	const found: Components[number][] = [];
	for (const { application } of await ask(options, 'posture', ofApplication(options))) {
		let after: string | null = null;
		do {
			const page: Operations['posture.components']['output'] = await ask(options, 'posture.components', {
				...{ application, limit: PAGE, all: options.all === true },
				...(after !== null && { after }),
			});
			found.push(...page.components);
			after = page.next;
		} while (after !== null);
	}
	if (found.some(({ weaknesses }) => weaknesses.some(({ held, required }) => held < required)))
		process.exitCode = exit.finding;
	if (options.json === true) return printJson(found);
	printTable(
		['component', 'requirement', 'held', 'required', 'why'],
		found.flatMap(({ kind, application, id, weaknesses }) =>
			weaknesses.map((one) => [
				kind === 'service' ? 'the service' : `${kind} ${application}/${id}`,
				...[one.requirement, String(one.held), String(one.required), one.reason],
			]),
		),
	);
};
