// Secrets in calls, commands, statements and lists, and behind names that say little: each shape with what looks like
// it and holds none.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "secrets/engine.h"
#include "secrets/name_meaning.h"
#include "secrets/place_facts.h"
#include "secrets/value_score.h"
#include "unit/secrets/template.h"

namespace assay::secrets {
namespace {

// What the generic rules find, without what is suppressed.
std::vector<std::string> found_in(std::string_view text, std::string_view path) {
  static const auto kEngine = Engine::build({}).value();
  Engine::Scratch scratch(*kEngine);
  std::vector<Hit> hits;
  kEngine->scan(text, {path}, scratch, hits);
  std::vector<std::string> found;
  for (const auto& hit : hits)
    if (hit.suppressed.empty()) found.push_back(hit.secret);
  return found;
}

struct Shape {
  std::string_view before, secret, after;  // `secret` is a template
  std::string_view path = "src/app.py";
};

void expect_found(const std::vector<Shape>& shapes) {
  for (const auto& shape : shapes)
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto secret = fill_template(shape.secret, seed);
      const auto text = std::string(shape.before) + secret + std::string(shape.after);
      EXPECT_EQ(found_in(text, shape.path), std::vector{secret}) << text;
    }
}

struct Clean {
  std::string_view text;  // a template
  std::string_view path = "src/app.py";
};

void expect_clean(const std::vector<Clean>& texts) {
  for (const auto& clean : texts)
    EXPECT_EQ(found_in(fill_template(clean.text, 3), clean.path), std::vector<std::string>{}) << clean.text;
}

constexpr std::string_view kPassword = "k7{{base62:10}}4x";
constexpr std::string_view kToken = "{{base62:30}}7";

TEST(GenericShapes, PasswordsInTheArgumentsOfCalls) {
  expect_found({
      {"c = login(\"admin\", \"", kPassword, "\")"},
      {"login('demo', '", kPassword, "');", "a.js"},
      {"err := c.Login(\"admin\", \"", kPassword, "\")", "a.go"},
      {"new NetworkCredential(\"export\", \"", kPassword, "\", \"CORP\")", "a.cs"},
      {"new Credentials(settings.user, \"", kPassword, "\")", "a.java"},
      {"Credentials.basic(\"wave\", \"", kPassword, "\")", "a.kt"},
      {"client.basic_auth(\"indexer\", Some(\"", kPassword, "\"))", "a.rs"},
      {"http.basic_auth 'dispatch', '", kPassword, "'\n", "a.rb"},
      {"setRequestBasicAuth \"parking\" \"", kPassword, "\"\n", "a.hs"},
      {"session.auth = (\"svc\", \"", kPassword, "\")"},
      {"requests.get(url, auth=('svc', '", kPassword, "'))"},
      {":basic-auth [\"parking\" \"", kPassword, "\"]", "a.edn"},
      {"mqtt.username_pw_set(\"gateway\", \"", kPassword, "\")"},
      {"connect(\"db.acme.net\", \"app\", \"", kPassword, "\")"},
      {"new PDO('pgsql:host=db', 'blog', '", kPassword, "');", "a.php"},
      {"DriverManager.getConnection(\"jdbc:oracle:thin:@db\", \"ledger\", \"", kPassword, "\")", "a.java"},
      {"ks.load(in, \"", kPassword, "\".toCharArray());", "a.java"},
      {"curl_setopt($ch, CURLOPT_USERPWD, 'shop:", kPassword, "');", "a.php"},
      {"crypto.createHmac('sha256', '", kToken, "')", "a.js"},
      {"jwt.sign(claims, '", kToken, "')", "a.js"},
      {"r.setValue(\"", kToken, "\", forHTTPHeaderField: \"X-Api-Key\")", "a.swift"},
  });
  expect_clean({
      {"login(\"admin\", password)"},
      {"login(\"user\", \"password\")"},
      {"login('demo', '/account/overview')", "a.js"},
      {"connect(\"db.acme.net\", \"app\", \"utf8mb4\")"},
      {"connect('mapStateToProps', 'mapDispatchToProps')", "a.js"},
      {"new NetworkCredential(user, password)", "a.cs"},
      {"client.basic_auth(\"indexer\", None)", "a.rs"},
      {"auth=('user', 'pass')"},
      {"\"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\".toCharArray()", "a.java"},
      {"crypto.createHmac('sha256', 'session secret')", "a.js"},
      {"login(\"admin\", \"xxxxxxxxxxxx\")"},
      {"jwt.sign(claims, '{{base62:12}}' + pepper)", "a.js"},
      {"r.setValue(\"{{base62:30}}\", forHTTPHeaderField: \"X-Request-Id\")", "a.swift"},
  });
}

TEST(GenericShapes, PasswordsInCommands) {
  expect_found({
      {"mysql -u backup -p", kPassword, " -h db-1 shop", "deploy.sh"},
      {"mysqldump --quick -uroot -p'", kPassword, "' shop > x.sql", "Makefile"},
      {"redis-cli -h cache-1 -a ", kPassword, " FLUSHDB", "deploy.sh"},
      {"docker login -u ci -p ", kPassword, " registry.acme.net", "ci.yml"},
      {"twine upload -u ci -p ", kPassword, " dist/*", "ci.yml"},
      {"lftp -u kiosk,", kPassword, " ftp.acme.net", "Makefile"},
      {"openssl enc -aes-256-cbc -k ", kPassword, " -in a -out b", "deploy.sh"},
      {"net user build ", kPassword, " /add", "setup.ps1"},
      {"net use Z: \\\\files\\share /user:corp\\svc '", kPassword, "'", "setup.ps1"},
      {"rabbitmqctl add_user shop ", kPassword, "\n", "setup.sh"},
      {"RUN echo \"root:", kPassword, "\" | chpasswd", "Dockerfile"},
      {"ConvertTo-SecureString \"", kPassword, "\" -AsPlainText -Force", "setup.ps1"},
  });
  expect_clean({
      {"mysql -u backup -p shop", "deploy.sh"},
      {"mysql -u backup -p\"$MYSQL_PASSWORD\" shop", "deploy.sh"},
      {"docker run -p 3306:3306 mysql -p", "deploy.sh"},
      {"docker login -u $USER -p $PASS registry.acme.net", "ci.yml"},
      {"echo \"$REGISTRY_PASSWORD\" | docker login -u ci --password-stdin registry.acme.net", "ci.yml"},
      {"redis-cli -a \"${REDIS_AUTH}\" ping", "deploy.sh"},
      {"net user build /delete", "setup.ps1"},
      {"echo \"root:$ROOT\" | chpasswd", "Dockerfile"},
      {"ConvertTo-SecureString $env:BUILD_PASSWORD -AsPlainText -Force", "setup.ps1"},
      {"the login page -p", "notes.txt"},
      // Sources of programs are not searched for commands.
      {"mysql -u backup -pk7{{base62:10}}4x shop", "main.c"},
  });
}

TEST(GenericShapes, PasswordsInCommandsOfPrograms) {
  expect_found({
      {"os.system(\"mysql -u root -p", kPassword, " shop < dump.sql\")"},
      {"subprocess.check_call('/usr/bin/mysqldump -uroot -p", kPassword, "', shell=True)"},
      {"subprocess.run([\"mysql\", \"-u\", \"root\", \"-p", kPassword, "\"])"},
      {"subprocess.run([\n    'mysqldump',\n    '-u', user,\n    '-p", kPassword, "',\n    'shop',\n])"},
      {"subprocess.Popen(['/opt/redis/bin/redis-cli', '-h', HOST, '-a', '", kPassword, "', 'ping'])"},
      {"run([\"curl\", \"-s\", \"-u\", \"admin:", kPassword, "\", url])"},
      {"run([\"curl\", \"--user\", \"admin:", kPassword, "\", url])"},
      {"exec(\"sshpass -p '", kPassword, "' ssh deploy@web-1 uptime\", done);", "a.js"},
      {"spawn('sshpass', ['-p', '", kPassword, "', 'scp', file, target]);", "a.js"},
      {"const shell = `docker login -u ci -p ", kPassword, " ${registry}`;", "a.ts"},
      {"execSync(\"cd /srv && mongorestore -u app -p ", kPassword, "\\n\")", "a.js"},
      {"exec.Command(\"mysql\", \"-uroot\", \"-p", kPassword, "\", \"shop\")", "a.go"},
      {"new ProcessBuilder(\"docker\", \"login\", \"-u\", \"ci\", \"-p\", \"", kPassword, "\").start();", "a.java"},
      {"Command::new(\"ldapsearch\").arg(\"-D\").arg(dn)\n  .args(&[\"-w\", \"", kPassword, "\"])", "a.rs"},
      {"system(\"docker exec -t db mysql -uroot -p", kPassword, " < /tmp/x.sql\");", "a.php"},
      {"Runtime.getRuntime().exec(\"smbclient //files/x -U corp%", kPassword, "\");", "a.java"},
      {"os.system(f\"echo 'deploy:", kPassword, "' | chpasswd\")"},
      {"`rabbitmqctl add_user shop ", kPassword, "`", "setup.rb"},
      {"\"scripts\": {\"db\": \"sudo mysql -u root -p", kPassword, " < seed.sql\"}", "package.json"},
      {"command: [\"redis-cli\", \"-a\", \"", kPassword, "\", \"ping\"]", "compose.yml"},
  });
  expect_clean({
      {"os.system(\"mysql -u root -p\" + password + \" shop1\")"},
      {"os.system('mysql -u root -p' + config.passwords[1] + ' shop1')"},
      {"subprocess.run([\"mysql\", \"-u\", \"root\", f\"-p{password}\"])"},
      {"subprocess.run([\"mysql\", \"-u\", \"root\", \"-p\" + \"{{base62:14}}x1\"])"},
      {"subprocess.run([\"mysql\", \"-u\", \"root\", \"-p\", \"shop\"])"},
      {"subprocess.run(['docker', 'run', '-p', '127.0.0.1:8080:80', 'nginx:1.27'])"},
      {"subprocess.run([\"docker\", \"login\", \"-u\", user, \"-p\", token])"},
      {"subprocess.run([\"docker\", \"login\", \"-u\", user], input=\"{{base62:14}}x1\")"},
      {"const shell = `docker login -u ci -p ${token} ${registry}`;", "a.ts"},
      {"run([\"curl\", \"-u\", \"$USER:$PASSWORD\", url])"},
      {"const clients = [\"mysql\", \"-parameters\", \"mysql2-promise\"];", "a.js"},
      {"throw new Error(\"the mysql client wants -pk7{{base62:10}}4x\");", "a.js"},
      {"// mysql -u backup -pk7{{base62:10}}4x shop", "a.js"},
      {"exec(\"sshpass -e ssh deploy@web-1 -p 22022\", done);", "a.js"},
      {"exec(\"sshpass -p \" + pass1 + \" ssh deploy@web-1\", done);", "a.js"},
      {"import mysql from \"mysql\"; const options = \"-pk7{{base62:10}}4x\";", "a.js"},
  });
}

TEST(GenericShapes, StyleSheetsHoldNone) {
  expect_clean({
      {":root { --pass: #1a7f37; --fail-secret: #cf222e }", "a.css"},
      {"<style>:root{--pass:#1a7f37;--api-token:k7x{{base62:12}}9}</style>", "a.html"},
      {"<b style=\"--pass: #1a7f37cc\">ok</b> <i style='color: var(--pass)'>", "a.html"},
      {".ok { color: var(--pass, #1a7f37); --secret-shadow: 0 1px 2px #00000080; }", "a.css"},
      {"--password: k7x{{base62:12}}9;", "theme.txt"},
      {"el.style.setProperty('--pass', '#1a7f37'); theme = {'--pass': '#1a7f37'};", "a.js"},
      {"$pass: #1a7f37;\n@token: #1a7f37;", "a.scss"},
  });
  expect_found(
      {{"tool --password ", kPassword, " run", "deploy.sh"}, {"tool --password=", kPassword, " run", "deploy.sh"}});
}

TEST(GenericShapes, PasswordsInStatementsAndPasswordFiles) {
  expect_found({
      {"CREATE ROLE ro LOGIN PASSWORD '", kPassword, "';", "seeds.sql"},
      {"CREATE USER 'm'@'%' IDENTIFIED BY '", kPassword, "';", "seeds.sql"},
      {"pg.acme.net:5432:shop:report:", kPassword, "\n", "home/.pgpass"},
      {"remote_password ", kPassword, "\n", "mosquitto.conf"},
      {"proxy_set_header X-Internal-Token ", kToken, ";", "nginx.conf"},
      {"  psk=\"", kPassword, "\"", "wpa_supplicant.conf"},
      {"MotDePasse=", kPassword, "\n", "settings.ini"},
  });
  expect_clean({
      {"CREATE USER 'm'@'%' IDENTIFIED BY '${PASSWORD}';", "seeds.sql"},
      {"CREATE USER 'm'@'%' IDENTIFIED BY 'password';", "seeds.sql"},
      {"ALTER TABLE users ADD password VARCHAR(60)", "seeds.sql"},
      {"server db.acme.net:5432:primary", "pool.conf"},
      {"password_file /etc/mosquitto/passwd2", "mosquitto.conf"},
      {"A token has 12characters and more.", "notes.txt"},
  });
}

TEST(GenericShapes, LinesOfPasswordFiles) {
  expect_found({
      {"*:*:*:postgres:", kPassword, "\n", "roles/db/files/pg.txt"},
      {"echo \"db-1:*:*:report:", kPassword, "\" > ~/.pgpass", "deploy.sh"},
      {"10.0.0.7:6432:shop:report:", kPassword, "\n", "home/.pgpass"},
      {"# host:port:database:user:password\nlocalhost:*:shop:report:", kPassword, "", "home/.pgpass"},
      {"db.acme.net::shop:report:", kPassword, "\n", "home/.pgpass"},
      {"fe80\\:\\:1:5433:shop:report:", kPassword, "\r\n", "AppData/postgresql/pgpass.conf"},
  });
  expect_clean({
      {"# host:port:database:user:k7{{base62:10}}4x", "home/.pgpass"},
      {"db:5432:shop:report:$PASSWORD1", "home/.pgpass"},
      {"db:5432:shop:report:password\n*:*:*:*:secret\n", "home/.pgpass"},
      {"arn:aws:s3:*:*:k7{{base62:10}}4x", "policy.yaml"},
      {"cron: '*:*:k7{{base62:10}}4x'", "timer.yaml"},
      {"10.0.0.7:6432:shop:report:k7{{base62:10}}4x", "notes.txt"},
  });
}

TEST(GenericShapes, ColumnsOfRows) {
  expect_found({
      {"INSERT INTO users (name, password) VALUES ('bob', '", kPassword, "');", "seeds.sql"},
      {"insert into `shop`.`users`\n  (`id`, `pass`, `name`)\nvalues\n  (1, '", kPassword, "', 'Bob');", "seeds.sql"},
      {"INSERT INTO [dbo].[Accounts] ([Name], [ApiKey]) VALUES (N'bob, (a)', N'", kToken, "')", "seeds.sql"},
      {"cur.execute(\"INSERT INTO users (name, password) VALUES ('O''Hara', '", kPassword, "')\")"},
      {"q('INSERT INTO users (name, password) VALUES (\\'bob\\', \\'", kPassword, "\\')');", "a.php"},
      {"\"REPLACE INTO \\\"t\\\" (\\\"id\\\", \\\"api_token\\\")\\nVALUES (7, '", kToken, "')\"", "a.java"},
      {"INSERT INTO users (name, password) VALUES ('bob', crypt('", kPassword, "', gen_salt('bf')));", "seeds.sql"},
      {"INSERT INTO s (at, secret, n) VALUES (now(), '", kToken, "'::text, -1);", "seeds.sql"},
      {"INSERT INTO users (name, password) VALUES\n ('a', NULL),\n ('b', DEFAULT),\n ('c', '", kPassword, "');",
       "a.sql"},
  });
  expect_clean({
      {"INSERT INTO users (name, password) VALUES ('{{base62:14}}7x', 'password');", "seeds.sql"},
      {"INSERT INTO users (name, password) VALUES ('bob', '$2b$12${{base62:53}}');", "seeds.sql"},
      {"INSERT INTO users (name, password) VALUES ('bob', '{{hex:32}}'), ('eve', '{{base64:43}}=');", "seeds.sql"},
      {"INSERT INTO users (name, password_hash, next_page_token) VALUES ('bob', 'k7{{base62:10}}4x', "
       "'{{base62:30}}7');",
       "seeds.sql"},
      {"INSERT INTO users (name, password) VALUES (?, ?), ($1, $2), (:name, :password), ('%s', '%s')"},
      {"INSERT INTO users (password, name) VALUES ('bob', 'k7{{base62:10}}4x');", "seeds.sql"},
      {"INSERT INTO users (name, password) VALUES ('a', 'k7{{base62:10}}4x' || pepper)"},
      {"INSERT INTO users (name, password) SELECT 'a', 'k7{{base62:10}}4x'", "seeds.sql"},
      {"INSERT INTO users (name, password) VALUES ('a', '${K7PASSWORD}')", "seeds.sql"},
  });
  std::string rows = "INSERT INTO users (name, password) VALUES ";
  for (int i = 0; i < 600; ++i) rows += "('a', 'b'), ";
  EXPECT_EQ(found_in(rows + "('a', 'k7Xp93Lq0zRt4x');", "seeds.sql"), std::vector<std::string>{});
}

TEST(GenericShapes, SessionCookies) {
  expect_found({
      {"GET /me HTTP/1.1\r\nHost: acme.net\r\nCookie: lang=en; JSESSIONID=", "{{HEX:32}}", "; _ga=GA1.2.3\r\n",
       "dump.http"},
      {"Set-Cookie: connect.sid=", "s%3A{{base62:32}}7.x", "; Path=/; HttpOnly\n", "dump.txt"},
      {"headers = {\"Cookie\": \"cloud.session.token=", kToken, "; tz=UTC\"}"},
      {"req.setHeader('Cookie', 'laravel_session=", kToken, "');", "a.js"},
      {"document.cookie = \"auth_token=", kToken, "; path=/\";", "a.js"},
      {"curl -s -b 'session=", kToken, "' https://acme.net/me", "a.sh"},
      {"curl --cookie \"sid=", kToken, "\" https://acme.net/me", "README"},
      {"subprocess.run([\"curl\", \"-b\", \"PHPSESSID=", kToken, "\", url])"},
      {"curl https://acme.net/me -H 'cookie: remember_user_token=", kToken, "'", "a.sh"},
  });
  expect_clean({
      {"Cookie: JSESSIONID=<session id>; sid={{open}}sid}}; token=$TOKEN1234567890abcd", "dump.http"},
      {"Cookie: lang={{base62:30}}7; _ga={{base62:30}}7; XSRF-TOKEN={{base62:30}}7", "dump.http"},
      {"Set-Cookie: session=deleted; Max-Age=0\nSet-Cookie: sid=abc123; Path=/", "dump.http"},
      {"Set-Cookie: session=xxxxxxxxxxxxxxxxxxxxxxxx7", "dump.http"},
      {"document.cookie = \"session=\" + encodeURIComponent(value1);", "a.js"},
      {"const cookie = \"session-cookie-name-for-2-apps\"; setCookie(\"session\", {{base62:30}}7);", "a.js"},
      {"curl -b cookies.txt -c cookies.txt https://acme.net/me", "a.sh"},
      {"session=a.b({{base62:30}}7); cookie: token=parse{{base62:20}}7(x)", "a.js"},
  });
}

TEST(GenericShapes, PasswordsInQueries) {
  expect_found({
      {"get(\"https://media.acme.net/rest/ping.view?u=joe&p=", kPassword, "&v=1.16\")"},
      {"<a href='http://db-1:8086/write?db=m&amp;u=app&amp;p=", kPassword, "'>", "a.html"},
      {"curl http://db-1:8086/query?p=", kPassword, "&u=app\n", "a.sh"},
      {"fetch(\"https://acme.net/login?name=joe&pw=", kPassword, "\")", "a.js"},
      {"fetch('/login?pw=", kPassword, "&x=1')", "a.js"},
  });
  expect_clean({
      {"fetch(\"https://acme.net/search?q=a&p=k7{{base62:10}}4x\")", "a.js"},
      {"fetch(\"https://acme.net/ping?u=joe&p=\" + k7{{base62:10}}4x)", "a.js"},
      {"fetch(\"https://acme.net/ping?u=joe&p=${k7password4x}\")", "a.js"},
      {"see https://acme.net/a b ? u=joe&p=k7{{base62:10}}4x", "a.md"},
      {"fetch(\"https://acme.net/ping?u=joe&p=article-about-2-things\")", "a.js"},
      {"a&&pw=b1c2d3e4f5;x?pw=y:z", "a.js"},
  });
}

TEST(GenericShapes, KeysWithoutAnotherName) {
  constexpr std::string_view kKey = "{{base62:14}}7{{base62:10}}4x8B{{digit:3}}{{base62:6}}";
  expect_found({
      {"const maps = { url: 'https://tiles.acme.net', key: '", kKey, "' };", "a.js"},
      {"conf = {\"host\": \"h\", \"key\": \"", kKey, "\"}"},
      {"key = \"", kKey, "\"", "a.py"},
  });
  expect_clean({
      {"{ key: \"{{hex:32}}\" }", "a.js"},
      {"{ key: \"{{base62:12}}7x\" }", "a.js"},
      {"{ key: \"settingsPageNotificationsV2Header01\" }", "a.js"},
      {"{ cache: c, key: \"{{base62:30}}7a4x8B\" }", "a.js"},
      {"{ alg: 'RS256', publicKey: { key: \"{{base62:30}}7a4x8B\" } }", "a.js"},
      {"jsx('li', { key: \"{{base62:30}}7a4x8B\", children: x })", "a.js"},
      {"{ monkey: \"{{base62:30}}7a4x8B\" }", "a.js"},
      {"{key:\"{{base62:30}}7a4x8B\"}", "a.min.js"},
      {"if (key == \"{{base62:30}}7a4x8B\")", "a.py"},
      {"{ \"key\": \"{{base62:30}}7a4x8B\" }", "locales/en.json"},
  });
}

TEST(GenericShapes, NamesAndValuesOfMoreLanguages) {
  expect_found({
      {"#define MQTT_PASS \"", kPassword, "\"", "net.h"},
      {"static const char api_secret[] = \"", kToken, "\";", "net.h"},
      {"Client() : token_{\"", kToken, "\"} {}", "a.cpp"},
      {"{db_password, \"", kPassword, "\"},", "sys.config"},
      {"{cluster_secret, <<\"", kToken, "\">>},", "sys.config"},
      {"set :session_secret, \"", kToken, "\"", "app.rb"},
      {"{:db {:user \"app\" :password \"", kPassword, "\"}}", "config.edn"},
      {"mapOf(\"x-api-key\" to \"", kToken, "\")", "a.kt"},
      {"var hmacSecret = []byte(\"", kToken, "\")", "a.go"},
      {"my $t = $ENV{REPORT_TOKEN} || '", kToken, "';", "a.pl"},
      {"let password = env::var(\"DB_PASSWORD\").unwrap_or_else(|_| \"", kPassword, "\".into());", "a.rs"},
      {"password '", kPassword, "'\n", "build.gradle"},
      {"$env:NUGET_API_KEY = '", kToken, "'", "a.ps1"},
      {"<key>ClientSecret</key>\n\t<string>", kToken, "</string>", "Info.plist"},
      {"<name>db.password</name><value>", kPassword, "</value>", "site.xml"},
      {"variable \"db_password\" {\n  default = \"", kPassword, "\"\n}", "main.tf"},
      {"- name: APP_SECRET\n  value: ", kToken, "\n", "deploy.yaml"},
      {"\"cache.acme.net:6380,password=", kToken, ",ssl=True\"", "appsettings.json"},
      {"headers = ['X-Api-Secret: ", kToken, "']", "a.php"},
      {"@Value(\"${bank.api.secret:", kToken, "}\")", "a.java"},
      {"fetch(\"https://api.acme.net/x?api_key=", kToken, "&page=1\")", "a.js"},
      {"request.setValue(\"Bearer ", kToken, "\", for: field)", "a.swift"},
      {"merchant_key = M, public_key: 'a', private_key: '", "{{hex:32}}", "'", "a.rb"},
  });
  expect_clean({
      {"#define TOKEN_BUFFER \"256\"", "net.h"},
      {"#define PASSWORD_HASH \"{{hex:32}}\"", "net.h"},
      {"{token_ttl, 86400}", "sys.config"},
      {"[password, \"{{base62:14}}\"]", "a.js"},
      {"throw new Error(`bad token ${token}`, \"{{base62:14}}x1\")", "a.js"},
      {"password = env::var(\"DB_PASSWORD\").unwrap_or_default();", "a.rs"},
      {"variable \"db_password\" {\n  type = string\n}\nlocals { default = \"{{base62:14}}\" }", "main.tf"},
      {"f(user=me,password=settings.password1,ssl=True)", "a.py"},
      {"const secret = Symbol(\"secret-internals\")", "a.js"},
      {"trackingToken = \"{{uuid}}\"", "a.js"},
      {"<password>{COQLCE6DU6GtcS5P=}</password>", "settings.xml"},
      {"- name: APP_TOKEN_MODE\n  value: rotating-refresh-token", "deploy.yaml"},
      {"Bearer authentication-for-services", "a.js"},
  });
}

TEST(GenericShapes, UuidsOfClientsOnly) {
  const auto uuid = fill_template("{{uuid}}", 7);
  EXPECT_EQ(found_in("client-secret: " + uuid, "application.yml"), std::vector{uuid});
  EXPECT_EQ(found_in("trackingToken: " + uuid, "application.yml"), std::vector<std::string>{});
}

TEST(GenericShapes, ListsOfTokens) {
  const auto a = fill_template(kToken, 1);
  const auto b = fill_template(kToken, 2);
  const std::vector<std::string> both = {a, b};
  EXPECT_EQ(found_in("api-keys = [\"" + a + "\", \"" + b + "\"]", "application.conf"), both);
  EXPECT_EQ(found_in("api_keys = [\n  '" + a + "',\n  '" + b + "',\n]", "a.py"), both);
  EXPECT_EQ(found_in("{api_keys, [\"" + a + "\", \"" + b + "\"]}", "sys.config"), both);
  EXPECT_EQ(found_in("tokens:\n  - " + a + "\n  - " + b + "\nother:\n", "store.yaml"), both);
  expect_clean({
      {"tokens: [\"identifier\", \"string-literal\", \"keyword-class\"]", "a.js"},
      {"\"auth\": [\"aws.auth#sigv4\"]", "a.json"},
      {"max_tokens: [\"{{base62:30}}7\"]", "a.js"},
  });
}

TEST(GenericShapes, KeysThatAreNamedByWhatTheyOpenAlone) {
  expect_found({
      {"pagerKey: ", kToken, "\n", "store.yaml"},
      {"MEILISEARCH_KEY=", kToken, "\n", ".env"},
      {"\"Jwt\": {\n    \"Issuer\": \"back\",\n    \"Key\": \"", "{{base62:30}}77", "\"", "appsettings.json"},
      {"config.pepper = '", "{{hex:64}}", "'", "devise.rb"},
  });
  expect_clean({
      {"cacheKey: {{hex:32}}", "store.yaml"},
      {"publicKey = \"{{base62:40}}\"", "a.js"},
      {"CACHE_KEY: node-modules-v14-linux", "ci.yml"},
      {"\"result_key\": \"Ipv6CidrAssociations\"", "a.json"},
      {"\"Contents\": {\n    \"Key\": \"{{base62:30}}77\"", "list.json"},
  });
}

TEST(NameMeaning, KnowsCredentialsAndKeysOfData) {
  for (const auto* name : {"auth", "basicAuth", "NetworkCredential", "session.auth", "authenticate", "login"})
    EXPECT_TRUE(names_credentials(name)) << name;
  for (const auto* name : {"author", "oauth", "auth_url", "loginPage", ""})
    EXPECT_FALSE(names_credentials(name)) << name;
  EXPECT_EQ(meaning_of("ConvertTo-SecureString"), NameMeaning::password);
  EXPECT_EQ(meaning_of("wifi_psk"), NameMeaning::password);
  EXPECT_EQ(meaning_of("secret_key_base"), NameMeaning::key);
  EXPECT_EQ(meaning_of("api_keys"), NameMeaning::token);
  EXPECT_EQ(meaning_of("pagerKey"), NameMeaning::some_key);
  for (const auto* name : {"cacheKey", "sort_key", "foreignKey", "queryString", "max_tokens"})
    EXPECT_EQ(meaning_of(name), NameMeaning::nothing) << name;
}

TEST(ValueScore, TellsPassphrasesFromSentences) {
  EXPECT_TRUE(is_passphrase("purple monkey 81cgz8vt"));
  EXPECT_FALSE(is_passphrase("Please enter your password"));
  EXPECT_FALSE(is_passphrase("at least 8 characters"));
  EXPECT_FALSE(is_passphrase("81cgz8vt"));
  EXPECT_FALSE(is_passphrase("use x = 81cgz8vt"));
}

TEST(PlaceFacts, KnowsWhereCommandsStand) {
  for (const auto* path :
       {"deploy.sh", "Makefile", ".github/workflows/ci.yml", "README.md", "setup.ps1", "seeds.sql", ""})
    EXPECT_TRUE(holds_commands(path)) << path;
  for (const auto* path : {"a.js", "dist/app.min.js", "package.json", "src/main.c"})
    EXPECT_FALSE(holds_commands(path)) << path;
}

}  // namespace
}  // namespace assay::secrets
