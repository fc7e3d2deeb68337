import { useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { copy } from '../base/clipboard.ts';
import { useKept } from '../base/kept.ts';
import { texts } from '../texts/index.ts';
import { Reason } from './device-actions.tsx';
import { Dialog, Field } from './dialog.tsx';

const words = texts.people;
type Role = Answer<'person.list'>['people'][number]['role'];

const roles: readonly Role[] = ['owner', 'operator', 'commissioner', 'reader', 'auditor'];

const RoleField = ({ role, set }: { role: Role; set: (role: Role) => void }) => (
	<>
		<Field label={words.role}>
			<select
				value={role}
				onChange={(event) => set(roles.find((one) => one === event.currentTarget.value) ?? 'reader')}
			>
				{roles.map((one) => (
					<option key={one}>{one}</option>
				))}
			</select>
		</Field>
		<p class="faint">{words.roles[role]}</p>
	</>
);

/** The link is shown in place of the form, and kept nowhere. */
export const InviteDialog = ({ close, done }: { close: () => void; done: () => void }) => {
	const [person, setPerson] = useKept('invite person', '');
	const [role, setRole] = useKept<Role>('invite role', 'operator');
	const [link, setLink] = useState<string | null>(null);
	const [copied, setCopied] = useState(false);
	if (link !== null)
		return (
			<Dialog
				title={words.inviteTitle}
				help={words.link}
				action={copied ? words.copied : words.copy}
				act={async () => {
					await copy(link);
					setCopied(true);
				}}
				close={close}
				stays
			>
				<pre id="link">{link}</pre>
			</Dialog>
		);
	return (
		<Dialog
			title={words.inviteTitle}
			help={words.inviteHelp}
			action={words.invite}
			act={async () => {
				setLink((await call('person.invite', { person, role })).link);
				done();
			}}
			close={close}
			stays
		>
			<Field label={words.name}>
				<input
					required
					autocomplete="off"
					pattern="[a-z0-9]([a-z0-9._\-]{0,62}[a-z0-9])?"
					value={person}
					onInput={(event) => setPerson(event.currentTarget.value)}
				/>
			</Field>
			<RoleField role={role} set={setRole} />
		</Dialog>
	);
};

export const RoleDialog = ({
	person,
	close,
	done,
}: {
	person: Pick<Answer<'person.list'>['people'][number], 'person' | 'role'>;
	close: () => void;
	done: () => void;
}) => {
	const [role, setRole] = useKept<Role>(`role ${person.person}`, person.role);
	return (
		<Dialog
			title={words.changeTitle(person.person)}
			help={words.changeHelp}
			action={words.change}
			act={async () => {
				await call('person.role', { person: person.person, role });
				done();
			}}
			close={close}
		>
			<RoleField role={role} set={setRole} />
		</Dialog>
	);
};

export const RemoveDialog = ({ person, close, done }: { person: string; close: () => void; done: () => void }) => {
	const [reason, setReason] = useKept(`remove reason ${person}`, '');
	return (
		<Dialog
			title={words.removeTitle(person)}
			help={words.removeHelp}
			action={words.remove}
			danger
			act={async () => {
				await call('person.remove', { person, reason });
				done();
			}}
			close={close}
		>
			<Reason value={reason} set={setReason} />
		</Dialog>
	);
};
