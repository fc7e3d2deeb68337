import type { StreamName } from '../device/stream-name.ts';
import { encodeCbor } from '../format/cose/cbor.ts';
import { sha256 } from './content-key.ts';

/**
 * Which boot this is, 8 bytes, from what the machine calls it (on Linux `/proc/sys/kernel/random/boot_id`): a stranger cannot tell by
 * it that two devices are one machine.
 */
export const bootMark = ({ application, device }: Omit<StreamName, 'stream'>, boot: string): Uint8Array =>
	sha256(encodeCbor(['keyward-boot-1', application, device, boot])).subarray(0, 8);
