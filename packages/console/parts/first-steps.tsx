import type { Answer } from '../base/api.ts';
import { may } from '../base/session.ts';
import { texts } from '../texts/index.ts';
import { A } from './common.tsx';

const words = texts.overview.first;
type Application = Answer<'site.status'>['applications'][number];

/** Whether somebody begins here: no application has anything come in yet. */
export const isBeginning = (applications: readonly Application[]): boolean =>
	applications.every(({ readings }) => readings === 0);

/** From nothing to a reading that somebody may read: what is done, and what is next. */
export const FirstSteps = ({ applications }: { applications: readonly Application[] }) => {
	const has = (count: (one: Application) => number): boolean => applications.some((one) => count(one) > 0);
	const steps = [
		{ ...words.policy, to: '/policy', needs: 'policy.apply', done: applications.length > 0 },
		{ ...words.device, to: '/commission', needs: 'device.expect', done: has(({ devices }) => devices) },
		{ ...words.reading, to: '/fleet', needs: 'device.list', done: has(({ readings }) => readings) },
		{ ...words.reader, to: '/grants', needs: 'grant.add', done: has(({ readers }) => readers) },
	];
	const next = steps.findIndex(({ done }) => !done);
	return (
		<section class="card" aria-label={words.title}>
			<h2>{words.title}</h2>
			<p class="faint">{words.lead}</p>
			<ol class="first-steps">
				{steps.map(({ title, help, action, to, needs, done }, index) => (
					<li key={to} class={done ? 'done-step' : ''} aria-current={index === next ? 'step' : undefined}>
						<h3>
							{title}
							{done && <span class="visually-hidden"> ({words.done})</span>}
						</h3>
						<p>{help}</p>
						{index === next && may(needs) && (
							<p>
								<A to={to} class="button">
									{action}
								</A>
							</p>
						)}
						{index === next && !may(needs) && <p class="faint">{words.notYours}</p>}
					</li>
				))}
			</ol>
		</section>
	);
};
