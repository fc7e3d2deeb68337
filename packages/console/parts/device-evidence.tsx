import type { Answer } from '../base/api.ts';
import { when } from '../base/words.ts';
import { texts } from '../texts/index.ts';
import { Moment, Tag } from './common.tsx';

const words = texts.device;
type Device = Answer<'device.show'>;

export const Findings = ({ device }: { device: Device }) =>
	device.findings.length === 0 ? null : (
		<section class="card attention">
			<h2>{words.findings}</h2>
			<ul class="feed">
				{device.findings.map((one) => (
					<li key={one.requirement}>
						<span class="mono">{one.requirement}</span> {one.reason}
					</li>
				))}
			</ul>
		</section>
	);

export const Refusals = ({ device }: { device: Device }) => (
	<section class="card">
		<h2>{words.refusals}</h2>
		{device.refusals.length === 0 ? (
			<p class="faint">{words.noRefusals}</p>
		) : (
			<ul class="feed">
				{device.refusals.map((one) => (
					<li key={`${one.code}/${one.requirement}`}>
						<Tag tone="bad">{one.code}</Tag> {one.reason}{' '}
						<span class="faint">
							{one.requirement}, {words.times(one.times)}
						</span>
						<Moment at={one.last} />
					</li>
				))}
			</ul>
		)}
	</section>
);

export const Certificates = ({ device }: { device: Device }) =>
	device.certificates.length === 0 ? null : (
		<section class="card">
			<h2>{words.evidence}</h2>
			<div class="wide" tabIndex={0} role="group" aria-label={words.evidence}>
				<table>
					<thead>
						<tr>
							<th scope="col">{words.serial}</th>
							<th scope="col">{words.key}</th>
							<th scope="col">{words.from}</th>
							<th scope="col">{words.to}</th>
							<th scope="col">{texts.fleet.columns.state}</th>
						</tr>
					</thead>
					<tbody>
						{device.certificates.toReversed().map((one) => (
							<tr key={one.fingerprint}>
								<td class="mono">{one.serial.slice(0, 16)}…</td>
								<td>
									{one.evidence.custody}, {one.evidence.proof}
								</td>
								<td>{when(one.notBefore)}</td>
								<td>{when(one.notAfter)}</td>
								<td>
									{one.revoked !== null ? (
										<>
											<Tag tone="bad">{words.revoked}</Tag> {one.revoked.cause}: {one.revoked.reason}
										</>
									) : one.notAfter < Date.now() ? (
										<Tag>{words.over}</Tag>
									) : (
										<Tag tone="good">{words.valid}</Tag>
									)}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
		</section>
	);

export const Keys = ({ device }: { device: Device }) =>
	device.keys.length === 0 ? null : (
		<section class="card">
			<h2>{words.registered}</h2>
			<ul class="feed">
				{device.keys.map((one) => (
					<li key={one.thumbprint}>
						<Tag>{one.purpose}</Tag> <span class="mono">{one.thumbprint}</span>
						<Moment at={one.at} />
					</li>
				))}
			</ul>
		</section>
	);
