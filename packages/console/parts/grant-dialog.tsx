import { type Answer, call } from '../base/api.ts';
import { useKept } from '../base/kept.ts';
import { texts } from '../texts/index.ts';
import { Dialog, Field } from './dialog.tsx';

const words = texts.grants;

export const GrantDialog = ({
	readers,
	close,
	done,
}: {
	readers: Answer<'reader.list'>;
	close: () => void;
	done: () => void;
}) => {
	const names = readers.map(({ application, id }) => `${application}/${id}`);
	const [reader, setReader] = useKept('add reader', names[0] ?? '');
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
