import { type Need, parsePriceList, type Plan, planOf, planProblem } from '@keyward/core/plan';
import { levels } from '@keyward/core/policy';
import { useMemo, useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { isExample, money, prices } from '../base/prices.ts';
import { go, parameter, withQuery } from '../base/route.ts';
import { Heading, Problem, Show, Tag } from '../parts/common.tsx';
import { Field } from '../parts/dialog.tsx';
import { solve } from '../plan/solve.ts';
import { texts } from '../texts/index.ts';

const words = texts.plan;

const needsOf = (postures: Answer<'posture'>): Need[] =>
	postures.flatMap(({ objectives }) =>
		objectives.flatMap(({ required, weakest }) =>
			weakest
				.filter(({ held }) => held < required)
				.map(({ requirement, component, reason, barred }) => ({
					...{ requirement, component, reason, barred, wanted: required },
				})),
		),
	);

/** By level, and first what the policies themselves require. */
const load = async (background: boolean) =>
	Promise.all([
		call('posture', { all: true }, background),
		...levels.slice(1).map((level) => call('posture', { level, all: true }, background)),
	]);

const plansOf = (postures: readonly Answer<'posture'>[]): Plan[] => {
	const { currency, remedies } = prices.value;
	const list = parsePriceList(
		JSON.stringify({
			currency,
			remedies: Object.fromEntries(
				remedies.map(({ name, mends, ...rest }) => [name, { ...rest, mends: Object.fromEntries(mends) }]),
			),
		}),
	);
	return postures.map((one) => {
		const problem = planProblem(needsOf(one), list);
		return planOf(problem, solve(problem));
	});
};

const Curve = ({ plans }: { plans: readonly Plan[] }) => {
	const most = Math.max(1, ...plans.map(({ cost }) => cost));
	return (
		<section class="card">
			<h2>{words.curve}</h2>
			<ol class="curve">
				{plans.map((plan, index) => {
					const level = levels[index + 1] ?? 4;
					const further = plan.cost - (plans[index - 1]?.cost ?? 0);
					return (
						<li key={level}>
							<span>{words.level(level)}</span>
							<span class="bar-track" role="presentation">
								<i style={{ width: `${(plan.cost / most) * 100}%` }} />
							</span>
							<b class="number">{money(plan.cost)}</b>
							<span class="faint">
								{[
									...(index > 0 ? [words.further(money(further))] : []),
									...(plan.left.length > 0 ? [words.noRemedy(plan.left.length)] : []),
								].join('; ')}
							</span>
						</li>
					);
				})}
			</ol>
		</section>
	);
};

const Left = ({ needs }: { needs: readonly Need[] }) => {
	const groups = [...Map.groupBy(needs, (one) => `${one.requirement}: ${one.reason}`)];
	return (
		<section class="card">
			<h2>{words.left}</h2>
			<ul class="feed">
				{groups.map(([what, all]) => (
					<li key={what}>
						<span class="mono">{all[0]?.requirement}</span> {all[0]?.reason}{' '}
						<span class="faint">{words.each(all.length)}</span>
						{all[0]?.barred && <Tag>{texts.overview.barred}</Tag>}
					</li>
				))}
			</ul>
		</section>
	);
};

const Steps = ({ plan }: { plan: Plan }) => (
	<section class="card">
		<div class="weakness-head">
			<h2>{words.steps}</h2>
			<span class="count">
				<b>{money(plan.cost)}</b>
			</span>
			<span class="faint">{plan.cheapest ? words.proven : words.heuristic}</span>
		</div>
		{plan.actions.length === 0 ? (
			<p>{words.nothing}</p>
		) : (
			<ol class="weaknesses spaced">
				{plan.actions.map((one) => (
					<li key={one.remedy} class="weakness">
						<div class="weakness-head">
							<h3>{one.does}</h3>
							<span>{money(one.cost)}</span>
							<span class="faint">{words.each(one.components.length)}</span>
							{!one.field && <Tag tone="short">{words.away}</Tag>}
						</div>
						<p class="faint">
							{one.components
								.slice(0, 8)
								.map(({ id }) => id)
								.join(', ')}
						</p>
						<details>
							<summary>{texts.reach.how}</summary>
							<ol class="steps">
								{one.steps.map((step) => (
									<li key={step}>
										<code>{step}</code>
									</li>
								))}
							</ol>
						</details>
					</li>
				))}
			</ol>
		)}
	</section>
);

const PlanPage = () => {
	const loaded = useLoad('plan', load, () => null);
	const [error, setError] = useState<unknown>(null);
	const [file, setFile] = useState('');
	const level = levels.find((one) => String(one) === parameter('level'));
	const plans = useMemo(() => (loaded.value === null ? [] : plansOf(loaded.value)), [loaded.value, prices.value]);
	const plan = plans[level ?? 0];
	const open = async (chosen: File | undefined): Promise<void> => {
		if (chosen === undefined) return;
		setError(null);
		try {
			const { currency, remedies } = parsePriceList(await chosen.text());
			prices.value = { currency, remedies: remedies.map((one) => ({ ...one, mends: [...one.mends] })) };
			setFile(chosen.name);
		} catch (caught) {
			setError(caught);
		}
	};
	return (
		<>
			<Heading title={words.title} />
			<p class="faint lead-line">{words.lead}</p>
			<form class="filters" onSubmit={(event) => event.preventDefault()}>
				<Field label={words.target}>
					<select
						value={level === undefined ? '' : String(level)}
						onChange={(event) => go(withQuery({ level: event.currentTarget.value }), true)}
					>
						<option value="">{words.policy}</option>
						{levels.slice(1).map((one) => (
							<option key={one} value={String(one)}>
								{words.level(one)}
							</option>
						))}
					</select>
				</Field>
				<Field label={`${words.own} (${isExample() ? words.example : words.yours(file)})`}>
					<input
						type="file"
						accept=".yaml,.yml"
						title={words.ownHelp}
						onChange={(event) => void open(event.currentTarget.files?.[0])}
					/>
				</Field>
			</form>
			{error !== null && <Problem error={error} />}
			<Show loaded={loaded}>
				{() => (
					<>
						{plan && <Steps plan={plan} />}
						<Curve plans={plans.slice(1)} />
						{plan && plan.left.length > 0 && <Left needs={plan.left} />}
					</>
				)}
			</Show>
		</>
	);
};

export default PlanPage;
