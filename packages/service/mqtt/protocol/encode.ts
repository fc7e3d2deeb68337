import { generate, type Packet, writeToStream } from 'mqtt-packet';

// Else it makes 65,536 small buffers with its first packet and keeps them, 19 MB, to save a tenth of a microsecond with each.
writeToStream.cacheNumbers = false;

/** The bytes of a packet for a peer of that version; as MQTT 3.1.1 before its CONNECT. */
export const encode = (packet: Packet, version: 0 | 4 | 5): Buffer =>
	generate(packet, { protocolVersion: version || 4 });
