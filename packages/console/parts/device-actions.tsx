import { call } from '../base/api.ts';
import { useKept } from '../base/kept.ts';
import { texts } from '../texts/index.ts';
import { Dialog, Field } from './dialog.tsx';

const words = texts.device;

interface Question {
	readonly application: string;
	readonly id: string;
	readonly close: () => void;
	readonly done: (said: string) => void;
}

/** As `datetime-local` writes it: the clock on this wall. */
const localMinute = (at: number): string => {
	const date = new Date(at);
	return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

/** So many devices of its class are asked for a new key at once, as `keyward contain` asks. */
const WAVE = 10;

export const ContainDialog = ({
	application,
	id,
	contained,
	sign,
	silences,
	close,
	done,
}: Question & {
	/** From when on it is not trusted already; null while it is not contained. */
	readonly contained: number | null;
	/** The earliest sign in its open incidents. Without one nothing is proposed: what is forged would pass for good. */
	readonly sign: number | null;
	/** Essential streams that no other device sends. */
	readonly silences: readonly string[];
}) => {
	const proposed = contained ?? sign;
	const [reason, setReason] = useKept('reason', '');
	const [since, setSince] = useKept('since', proposed === null ? '' : localMinute(proposed));
	const act = async (): Promise<void> => {
		const input = {
			...{ application, device: id, since: new Date(since).getTime(), reason },
			// Asked once: what was asked with the containment stands.
			...(contained === null && { rekey: { of: 'class', wave: WAVE } as const }),
		};
		const { incident, cut, containment } = await call('device.contain', input);
		done(words.containing(incident, containment.took, cut));
	};
	return (
		<Dialog
			title={contained === null ? words.containTitle(id) : words.taintTitle(id)}
			help={contained === null ? words.containHelp(WAVE) : words.taintHelp}
			action={contained === null ? words.contain : words.taint}
			danger
			act={act}
			close={close}
		>
			{silences.length > 0 && <p class="low-text">{words.silences(silences)}</p>}
			<Field label={words.since}>
				<input
					type="datetime-local"
					required
					value={since}
					max={localMinute(Date.now())}
					onInput={(event) => setSince(event.currentTarget.value)}
					aria-describedby="since-hint"
				/>
			</Field>
			<p class="faint hint" id="since-hint">
				{contained !== null ? words.sinceNow : sign === null ? words.sinceUnknown : words.sinceSign}
			</p>
			<Reason value={reason} set={setReason} />
		</Dialog>
	);
};

export const Reason = ({ value, set }: { value: string; set: (text: string) => void }) => (
	<Field label={words.reason}>
		<textarea required maxLength={500} rows={2} value={value} onInput={(event) => set(event.currentTarget.value)} />
	</Field>
);

export const QuarantineDialog = ({ application, id, close, done }: Question) => {
	const act = async (): Promise<void> => {
		await call('device.quarantine', { application, device: id });
		done(words.done);
	};
	return (
		<Dialog
			title={words.quarantineTitle(id)}
			help={words.quarantineHelp}
			action={words.quarantine}
			act={act}
			close={close}
		/>
	);
};

export const ReleaseDialog = ({ application, id, close, done }: Question) => {
	const act = async (): Promise<void> => {
		await call('device.release', { application, device: id });
		done(words.done);
	};
	return (
		<Dialog title={words.releaseTitle(id)} help={words.releaseHelp} action={words.release} act={act} close={close} />
	);
};
