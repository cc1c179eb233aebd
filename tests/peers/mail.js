'use strict';

// A mail server: TLS is demanded, the user is "assay" with the password "secret". Mail to a recipient whose name begins
// with "no-" is refused for good, with "busy-" for now.

const { SMTPServer } = require('smtp-server');
const { simpleParser } = require('mailparser');

function startMail({ key, cert, secure, state }) {
  const server = new SMTPServer({
    secure,
    key,
    cert,
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth(auth, session, callback) {
      const right = auth.username === 'assay' && auth.password === 'secret';
      return right ? callback(null, { user: 'assay' }) : callback(new Error('wrong user or password'));
    },
    onRcptTo(address, session, callback) {
      const refusal = (code) => Object.assign(new Error('not for you'), { responseCode: code });
      if (address.address.startsWith('no-')) return callback(refusal(550));
      if (address.address.startsWith('busy-')) return callback(refusal(451));
      return callback();
    },
    onData(stream, session, callback) {
      const chunks = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks);
        const mail = await simpleParser(raw);
        state.mails.push({
          from: session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map((r) => r.address),
          secure: session.secure,
          subject: mail.subject,
          text: mail.text,
          messageId: mail.messageId,
          headers: mail.headerLines.map((h) => h.key),
          raw: raw.toString('latin1'),
        });
        callback();
      });
    },
  });
  server.on('error', () => {});
  return new Promise((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => resolve(listener.address().port));
  });
}

module.exports = { startMail };
