/**
 * How the gateway's own replies to broken transfers and failed set-ups begin. In events they stand where a
 * server's words would; whoever looks for a server's reason must not find ours.
 */
const OWN_BEGINNINGS = [
  'Data connection broken, transfer not complete: ',
  'no data connection came to port ',
  "Can't open data connection to ",
  "Can't open a passive port: ",
  'No TLS on the data connection: ',
  'The data connection must resume the TLS session',
  'The FTP server named no usable data port',
  'The FTP server does not answer on the data port it named',
  "The agent cannot listen for the FTP server's data connection",
  'The FTP server answered with a data port nobody asked for',
];

/** Whether a reply is worded by the gateway, not by the server. */
export function isOwnWord(text: string): boolean {
  return OWN_BEGINNINGS.some((beginning) => text.startsWith(beginning));
}
