import type { Level } from '@keyward/core/policy';
import type { Plan } from '@keyward/core/plan';
import { tableOf } from '../terminal/output.ts';

/** What it costs to have every objective at one level. */
export interface CurvePoint {
	readonly level: Level;
	/** Null where the level is not reached: what mends a part of it is no cost of the level. */
	readonly cost: number | null;
	/** More than the level before it that is reached. */
	readonly further: number | null;
	readonly cheapest: boolean;
	/** Needs that no remedy of the list mends, or no site can. */
	readonly left: number;
}

const SHOWN = 5;

export const money = (amount: number, currency: string): string =>
	`${amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency}`;

const number = (n: number): string => n.toLocaleString('en');

const names = (
	components: readonly { readonly kind: string; readonly application: string; readonly id: string }[],
): string => {
	const shown = components
		.slice(0, SHOWN)
		.map(({ application, id }) => (application === '' ? id : `${application}/${id}`));
	return `${shown.join(', ')}${components.length > SHOWN ? ` and ${number(components.length - SHOWN)} more` : ''}`;
};

/** What belongs to no application, as the service does, says whose policy asks. */
const askedBy = ({ component, asks = '' }: Plan['left'][number]): Plan['left'][number]['component'] =>
	component.application !== '' || asks === '' ? component : { ...component, id: `${component.id} (asked by ${asks})` };

const BAR = 40;

/** The curve as bars: each level is as long as its cost. */
export const renderCurve = (curve: readonly CurvePoint[], currency: string): string => {
	const most = Math.max(...curve.map(({ cost }) => cost ?? 0), 1);
	return tableOf(
		['level', 'cost', 'further', 'left open', ''],
		curve.map(({ level, cost, further, cheapest, left }) => [
			String(level),
			cost === null ? 'not reached' : `${money(cost, currency)}${cheapest ? '' : ' at most'}`,
			further === null ? '' : `${further < 0 ? '' : '+'}${money(further, currency)}`,
			number(left),
			'█'.repeat(Math.round(((cost ?? 0) / most) * BAR)),
		]),
	);
};

/** The plan for a person: what to do, what stays open, and what it takes. */
export const renderPlan = (plan: Plan, currency: string, all: boolean): string => {
	const parts: string[] = [];
	const { length: open } = plan.left;
	const what = open === 0 ? 'reaches it' : 'mends as much';
	if (open > 0)
		parts.push(
			`The level is not reached: ${number(open)} ${open === 1 ? 'requirement stays' : 'requirements stay'} open, whatever is done of the price list.\n`,
		);
	if (plan.actions.length === 0) parts.push('There is nothing on the price list to do.\n');
	else
		parts.push(
			`${open === 0 ? '' : 'For the rest: '}${money(plan.cost, currency)}: ${plan.cheapest ? `nothing cheaper ${what}` : `no plan costs less than ${money(plan.bound, currency)}; the solver ran out of time (--time)`}.\n`,
		);
	plan.actions.forEach(({ remedy, does, components, cost, field, steps }, index) => {
		parts.push(
			`\n${index + 1}. ${remedy}: ${does}\n   ${money(cost, currency)}, ${number(components.length)} times: ${names(components)}${field ? '' : '; not in the field'}\n`,
		);
		const shown = all ? steps : steps.slice(0, SHOWN);
		for (const step of shown) parts.push(`   $ ${step}\n`);
		if (shown.length < steps.length)
			parts.push(`   and ${number(steps.length - shown.length)} more steps: --all prints them\n`);
	});
	if (plan.notInField.length > 0)
		parts.push(`\nNot to be mended in the field (${number(plan.notInField.length)}): ${names(plan.notInField)}\n`);
	if (plan.left.length > 0) {
		const barred = plan.left.filter((need) => need.barred);
		const open = plan.left.filter((need) => !need.barred);
		const listed = (needs: Plan['left']): void => {
			const byRequirement = Map.groupBy(
				needs,
				({ requirement, reason, wanted }) => `${requirement} (level ${wanted}): ${reason}`,
			);
			for (const [what, same] of byRequirement) parts.push(`  ${what}: ${names(same.map(askedBy))}\n`);
		};
		if (open.length > 0) parts.push('\nNo remedy on the price list:\n');
		listed(open);
		if (barred.length > 0) parts.push('\nNot achievable with this version of Keyward:\n');
		listed(barred);
	}
	return parts.join('');
};
