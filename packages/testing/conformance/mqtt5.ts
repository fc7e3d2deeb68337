import { connect } from './mqtt5/connect.ts';
import { disconnect } from './mqtt5/disconnect.ts';
import { format } from './mqtt5/format.ts';
import { operation } from './mqtt5/operation.ts';
import { publish } from './mqtt5/publish.ts';
import { subscribe } from './mqtt5/subscribe.ts';
import { statements } from './statement.ts';

/** The 251 numbered statements of MQTT 5.0 (Appendix B lists them). */
export const mqtt5Statements = statements(5, [
	...format,
	...connect,
	...publish,
	...subscribe,
	...disconnect,
	...operation,
]);
