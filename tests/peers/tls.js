'use strict';

// A certificate for loopback that is its own authority, made fresh for each run.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

function makeCertificate(directory) {
  const key = path.join(directory, 'key.pem');
  const certificate = path.join(directory, 'certificate.pem');
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-keyout', key, '-out', certificate, '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
  ], { stdio: 'ignore' });
  return { key: fs.readFileSync(key), cert: fs.readFileSync(certificate), trustFile: certificate };
}

module.exports = { makeCertificate };
