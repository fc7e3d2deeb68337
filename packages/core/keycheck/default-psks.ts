/** Secrets that stand in source code, examples and manuals, by lower-case hex, and where. */
export const defaultPsks: ReadonlyMap<string, string> = new Map([
	[
		'2b7e151628aed2a6abf7158809cf4f3c',
		'the example key of FIPS 197, default of Semtech’s LoRaWAN stack and of modules with it',
	],
	['3c4fcf098815f7aba6d2ae2816157e2b', 'the example key of FIPS 197, written backwards'],
	['5572404c696e6b4c6f52613230313823', 'the factory AppKey of Milesight sensors'],
	['88888888888888888888888888886601', 'the AppKey of Heltec’s LoRaWAN examples'],
	['d4f1bb3a20290759f0bcffabcf4e6901', 'the default channel key of Meshtastic'],
	['5a6967426565416c6c69616e63653039', 'the well-known Zigbee trust centre link key'],
	['814286865dc1c8b2c8cbc52e5d65d1b8', 'the published Zigbee Light Link commissioning key'],
	['9f5595f10257c8a469cbf42bc93fee31', 'the published Zigbee Light Link master key'],
	['00112233445566778899aabbccddeeff', 'the counting key of FIPS 197 and Thread examples'],
	['ffeeddccbbaa99887766554433221100', 'a counting example key'],
	['000102030405060708090a0b0c0d0e0f', 'a counting example key'],
	['0f0e0d0c0b0a09080706050403020100', 'a counting example key'],
	['0102030405060708090a0b0c0d0e0f10', 'a counting example key'],
	['000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'a counting example key'],
	['0123456789abcdef0123456789abcdef', 'a counting example key'],
	['0123456789abcdeffedcba9876543210', 'a counting example key'],
	['fedcba98765432100123456789abcdef', 'a counting example key'],
	['fedcba9876543210fedcba9876543210', 'a counting example key'],
	['0123456789abcdef', 'a counting example key'],
	['112233445566778899aabbccddeeff00', 'a counting example key'],
	['11223344556677889900aabbccddeeff', 'a counting example key'],
	['12345678901234567890123456789012', 'a counting example key'],
	['01020304050607080910111213141516', 'a counting example key'],
	['0001020304050607', 'a counting example key'],
	['deadbeefdeadbeefdeadbeefdeadbeef', 'a programmer’s filler'],
	['cafebabecafebabecafebabecafebabe', 'a programmer’s filler'],
	['603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 'the AES-256 example key of NIST SP 800-38A'],
	['1a2b3c4d', 'the PSK of OpenSSL’s examples'],
	['1a2b3c4d5e6f', 'an example PSK'],
	['deadbeef', 'a programmer’s filler'],
]);

/** Words that stand in examples, manuals and lists of common passwords. Lower case, letters first. */
export const defaultWords: ReadonlySet<string> = new Set(
	`abc abcd abcdef abcdefgh abcdefghijklmnop abcdefghijklmnopqrstuvwxyz access admin administrator alice anonymous app
	apppassword appsecret asdf asdfgh bob bonjour building camera cat changeit changeme changethis client cloud coap coap-psk
	coapkey company config console controller debug default defaultkey defaultpassword defaultpsk demo dev develop device
	devicekey devicepassword devicepsk dtls dummy edge emqx example examplekey examplepsk factory firmware foo foobar foobarbaz
	gateway guest hallo hello helloworld hivemq home hunter installer insecure iot iotdevice iotkey iotpassword iotsecret
	key keykeykey lab leshan letmein lora lorawan lwm2m m2m manager master masterkey mbedtls meter mosquitto mqtt mqttpassword
	mypassword mypsk mysecret mysecretkey mykey network nokey none nopassword operator pass passphrase passw0rd password
	passwort preshared presharedkey pre-shared-key private prod production psk pskkey public qwerty qwertyuiop raspberry
	raspberrypi raspi root router sample sample-psk secret secretkey secretpassword secretpsk secure security sensor
	sensorkey sensornode sensorpassword server sesame setup shared sharedkey sharedsecret staging supersecret superuser
	support swordfish sysadmin system tech temp temporary test testing testkey testpassword testpsk tls thingsboard token
	topsecret ubnt unknown user vendor verysecret welcome wifi wolfssl zigbee`.split(/\s+/),
);
