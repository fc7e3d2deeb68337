import { type Answer, call } from '../base/api.ts';
import { useKept } from '../base/kept.ts';
import { texts } from '../texts/index.ts';
import { Dialog, Field } from './dialog.tsx';

const words = texts.grants;

/** A reader whose certificates have ended for good reads nothing. */
export const mayRead = ({ state }: Answer<'reader.list'>[number]): boolean =>
	state !== 'retired' && state !== 'transferred';

export const GrantDialog = ({
	readers,
	close,
	done,
}: {
	readers: Answer<'reader.list'>;
	close: () => void;
	done: () => void;
}) => {
	const names = readers.filter(mayRead).map(({ application, id }) => `${application}/${id}`);
	const [kept, setReader] = useKept('add reader', names[0] ?? '');
	// It may have been revoked since it was chosen.
	const reader = names.includes(kept) ? kept : (names[0] ?? '');
	const [device, setDevice] = useKept('add device', '*');
	const [stream, setStream] = useKept('add stream', '');
	const [purpose, setPurpose] = useKept('add purpose', '');
	const act = async (): Promise<void> => {
		const [application = '', id = ''] = reader.split('/');
		await call('grant.add', { application, reader: id, device, stream, purpose });
		done();
	};
	return (
		<Dialog title={words.addTitle} help={words.addHelp} action={words.add} act={act} close={close}>
			<Field label={words.reader}>
				<select value={reader} onChange={(event) => setReader(event.currentTarget.value)}>
					{names.map((one) => (
						<option key={one}>{one}</option>
					))}
				</select>
			</Field>
			<Field label={words.device}>
				<input required value={device} onInput={(event) => setDevice(event.currentTarget.value)} />
			</Field>
			<Field label={words.stream}>
				<input required value={stream} onInput={(event) => setStream(event.currentTarget.value)} />
			</Field>
			<Field label={words.why}>
				<input required maxLength={500} value={purpose} onInput={(event) => setPurpose(event.currentTarget.value)} />
			</Field>
		</Dialog>
	);
};
