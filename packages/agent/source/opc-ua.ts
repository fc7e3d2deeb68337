import { Problem } from '@keyward/core';
import type { Source } from '../sample/source.ts';
import type { NodeId } from './opc-ua-binary.ts';
import { type OpcUaAddress, OpcUaConnection } from './opc-ua-connection.ts';
import { polled, type PolledOptions } from './polled.ts';

export type OpcUaOptions = OpcUaAddress & Omit<PolledOptions<NodeId>, 'open'>;

/** Asks a server for the values of nodes every so long over OPC UA, as `polled` says. */
export const opcUa = (options: OpcUaOptions): Source => {
	if (options.url.protocol !== 'opc.tcp:' || options.url.hostname === '')
		throw new Problem(
			'source-malformed',
			`${options.url.protocol} is not asked: name an address such as opc.tcp://192.0.2.7:4840`,
		);
	return polled({ ...options, open: (signal) => OpcUaConnection.open(options, signal) });
};
