import { useState } from 'preact/hooks';
import { onOwnMachine } from '../base/api.ts';
import { gateText, invitation, issuers, register, self, signIn, signInAt } from '../base/session.ts';
import { texts } from '../texts/index.ts';
import { Problem } from './common.tsx';

const words = texts.gate;

/** Before anybody is signed in: nothing of the site is shown. */
export const Gate = () => {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const press = async (work: () => Promise<void>): Promise<void> => {
		setBusy(true);
		setError(null);
		try {
			await work();
		} catch (caught) {
			setError(caught);
		} finally {
			setBusy(false);
		}
	};
	return (
		<main class="gate" tabIndex={-1}>
			<h1>{words.title}</h1>
			<p class="lead">{words.lead}</p>
			<p id="who" role="status">
				{self.value === undefined ? words.wait : gateText.value}
			</p>
			{error !== null && <Problem error={error} />}
			{self.value === null &&
				!onOwnMachine &&
				(invitation.value === null ? (
					<button id="sign-in" type="button" disabled={busy} onClick={() => void press(signIn)}>
						{words.signIn}
					</button>
				) : (
					<button id="register" type="button" disabled={busy} onClick={() => void press(register)}>
						{words.register}
					</button>
				))}
			{self.value === null &&
				invitation.value === null &&
				issuers.value.map((issuer) => (
					<button
						key={issuer}
						type="button"
						class="quiet"
						disabled={busy}
						onClick={() => void press(() => signInAt(issuer))}
					>
						{words.signInAt(issuer)}
					</button>
				))}
			{self.value === null && invitation.value === null && !onOwnMachine && <p class="faint">{words.noLink}</p>}
		</main>
	);
};
