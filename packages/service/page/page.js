/** The site's page: registers and signs in with a passkey, shows who you are and what waits. It makes no HTML out of text. */

const part = (id        )              => {
	const found = document.getElementById(id);
	if (found === null) throw new Error(`there is no ${id}`);
	return found;
};

const button = (id        )                    => {
	const found = part(id);
	if (found instanceof HTMLButtonElement) return found;
	throw new Error(`${id} is no button`);
};

const who = part('who');
const problem = part('problem');
const site = part('site');
const approvals = part('approvals');
const register = button('register');
const signIn = button('sign-in');
const signOut = button('sign-out');

/** The token of a link. It is taken out of the address at once: a history keeps addresses. */
const invitation = /^#invite=([A-Za-z0-9_-]{43})$/.exec(location.hash)?.[1] ?? null;
if (location.hash !== '') history.replaceState(null, '', location.pathname);
let spent = false;

class Refused extends Error {
	         status        ;

	constructor(status        , detail        ) {
		super(detail);
		this.status = status;
	}
}

/** What the paths beside the operations answer. */








/** Throws `Refused`, and `TypeError` when the site cannot be reached. */
const send = async (path        , body          )                   => {
	const response = await fetch(
		path,
		body === undefined
			? { cache: 'no-store' }
			: {
					method: 'POST',
					headers: { 'content-type': 'application/json', 'keyward-request': '1' },
					body: JSON.stringify(body),
				},
	);
	const answer          = await response.json();
	if (response.ok) return answer;
	const detail = typeof answer === 'object' && answer !== null && 'detail' in answer ? String(answer.detail) : '';
	throw new Refused(response.status, detail);
};

// The site answers what its contract says.
const ask = async                             (path      , body          )                         =>
	(await send(path, body))                 ;

const call = async                             (
	name      ,
	input                           ,
)                                      => (await send(`/v1/operations/${name}`, input))                              ;

const explain = (error         )       => {
	problem.hidden = false;
	problem.textContent =
		error instanceof DOMException && error.name === 'NotAllowedError'
			? 'The passkey was not given, or not in time. Try again.'
			: error instanceof DOMException && error.name === 'SecurityError'
				? `The browser takes no passkey at ${location.hostname}: open the site by its name, with a certificate that the browser trusts.`
				: error instanceof TypeError
					? 'The site cannot be reached. Nothing was changed; try again.'
					: error instanceof Error
						? error.message
						: String(error);
};

const dark = (text               )       => {
	who.textContent =
		text ?? (invitation !== null && !spent ? 'This link lets you register a passkey, once.' : 'You are not signed in.');
	site.hidden = true;
	approvals.hidden = true;
	part('status').replaceChildren();
	part('requests').replaceChildren();
	register.hidden = invitation === null || spent;
	signIn.hidden = !register.hidden;
	signOut.hidden = true;
	document.body.dataset['state'] = 'out';
};

const row = (term        , text        )       => {
	const [dt, dd] = [document.createElement('dt'), document.createElement('dd')];
	dt.textContent = term;
	dd.textContent = text;
	part('status').append(dt, dd);
};

const requestItem = (request                                                           )              => {
	const item = document.createElement('li');
	const text = document.createElement('p');
	text.textContent = `${request.number}: ${request.asks} asks for ${request.operation}${request.approvedBy === null ? '' : `, approved by ${request.approvedBy}`}`;
	item.append(text);
	if (request.input !== '{}') {
		const input = document.createElement('pre');
		input.textContent = Object.entries(JSON.parse(request.input)          )
			.map(([name, value]) => `${name}: ${String(value)}`)
			.join('\n');
		item.append(input);
	}
	for (const approve of [true, false]) {
		const decide = document.createElement('button');
		decide.type = 'button';
		decide.textContent = approve ? 'Approve' : 'Deny';
		decide.dataset['decide'] = `${approve ? 'approve' : 'deny'}-${request.number}`;
		onClick(decide, async () => {
			await call('approval.decide', { number: request.number, approve });
			await show();
		});
		if (request.approvedBy === null) item.append(decide, ' ');
	}
	return item;
};

const show = async ()                => {
	const self = await call('session.self', {});
	who.textContent = `Signed in as ${self.person}, ${self.role}.`;
	part('status').replaceChildren();
	const status = await call('site.status', {});
	row('version', status.version);
	row('running since', new Date(status.since).toLocaleString());
	row('API', status.url);
	row('MQTT', status.mqttUrl);
	for (const one of status.applications)
		row(one.application, `${one.mode}, ${one.devices} devices, ${one.readers} readers, ${one.readings} readings`);
	site.hidden = false;
	if (self.may.includes('approval.decide')) {
		const { requests } = await call('approval.list', {});
		part('requests').replaceChildren(...requests.map(requestItem));
		approvals.hidden = requests.length === 0;
	}
	register.hidden = true;
	signIn.hidden = true;
	signOut.hidden = false;
	document.body.dataset['state'] = 'in';
};

/** Which watch counts: signing out ends it without a word. */
let watches = 0;

/** Goes dark as soon as the session is locked or ended. */
const watch = async ()                => {
	const own = ++watches;
	for (;;) {
		let state        ;
		try {
			({ state } = await ask('/v1/people/session'));
		} catch {
			state = 'lost';
		}
		if (own !== watches) return;
		if (state === 'open') continue;
		if (state === 'locked') dark('Locked, because nothing was done for a while. Sign in again.');
		else if (state === 'ended') dark('Your session was ended. Sign in again.');
		else dark('The site cannot be reached. Sign in again when it is back.');
		return;
	}
};

const run = async (pressed                   , work                     )                => {
	pressed.disabled = true;
	problem.hidden = true;
	try {
		await work();
	} catch (error) {
		explain(error);
		if (error instanceof Refused && error.status === 401) dark(null);
	} finally {
		pressed.disabled = false;
	}
};

const onClick = (pressed                   , work                     )       =>
	pressed.addEventListener('click', () => void run(pressed, work));

const jsonOf = (credential                   )          => {
	if (credential instanceof PublicKeyCredential) return credential.toJSON();
	throw new Error('The browser gave no passkey.');
};

onClick(register, async () => {
	const { options } = await ask('/v1/people/begin', { invitation });
	const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options                                          );
	const credential = await navigator.credentials.create({ publicKey });
	await ask('/v1/people/register', { invitation, response: jsonOf(credential) });
	spent = true;
	await show();
	void watch();
});

onClick(signIn, async () => {
	const { options } = await ask('/v1/people/begin', {});
	const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options                                         );
	const credential = await navigator.credentials.get({ publicKey });
	await ask('/v1/people/sign-in', { response: jsonOf(credential) });
	await show();
	void watch();
});

onClick(signOut, async () => {
	watches++;
	await ask('/v1/people/sign-out', {});
	dark(null);
});

const ended = { state: 'ended' }         ;
const state = invitation === null ? await ask('/v1/people/session').catch(() => ended) : ended;
if (state.state === 'open') {
	await show().catch((error         ) => {
		explain(error);
		dark(null);
	});
	void watch();
} else dark(state.state === 'locked' ? 'Locked, because nothing was done for a while. Sign in again.' : null);
