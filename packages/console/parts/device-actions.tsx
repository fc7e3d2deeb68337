import { useState } from 'preact/hooks';
import { call } from '../base/api.ts';
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

export const ContainDialog = ({ application, id, close, done }: Question) => {
	const [reason, setReason] = useState('');
	const [since, setSince] = useState(localMinute(Date.now()));
	const act = async (): Promise<void> => {
		const input = { application, device: id, since: new Date(since).getTime(), reason };
		const { incident, cut, containment } = await call('device.contain', input);
		done(words.containing(incident, containment.took, cut));
	};
	return (
		<Dialog
			title={words.containTitle(id)}
			help={words.containHelp}
			action={words.contain}
			danger
			act={act}
			close={close}
		>
			<Field label={words.since}>
				<input
					type="datetime-local"
					required
					value={since}
					max={localMinute(Date.now())}
					onInput={(event) => setSince(event.currentTarget.value)}
				/>
			</Field>
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
