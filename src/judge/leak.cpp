#include "judge/leak.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"

namespace assay::judge {

namespace {

constexpr std::size_t kMaxExcerpt = 200;  // bytes
constexpr std::size_t kMaxLine = 4096;    // bytes of a line that are looked at

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool has(std::string_view s, std::string_view part) {
  return s.find(part) != std::string_view::npos;
}

// `extension` followed by ':' and a digit somewhere in `s`: "Main.java:12".
bool has_line_number(std::string_view s, std::string_view extension) {
  for (auto at = s.find(extension); at != std::string_view::npos; at = s.find(extension, at + 1)) {
    const auto behind = at + extension.size();
    if (behind + 1 < s.size() && s[behind] == ':' && is_digit(s[behind + 1])) return true;
  }
  return false;
}

template <std::size_t N>
bool has_any_line_number(std::string_view s, const std::array<std::string_view, N>& extensions) {
  return std::ranges::any_of(extensions, [&](std::string_view e) { return has_line_number(s, e); });
}

// The text that a reader of the page sees: tags out, line breaks in, common references resolved.
std::string visible_text(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  const auto start = trim(body);
  const bool json = start.starts_with('{') || start.starts_with('[');
  bool in_tag = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_tag) {
      in_tag = c != '>';
    } else if (c == '<' && i + 1 < body.size() && (is_word(body[i + 1]) || body[i + 1] == '/' || body[i + 1] == '!')) {
      in_tag = true;
      const auto tag = body.substr(i + 1);
      if (istarts_with(tag, "br") || istarts_with(tag, "/p") || istarts_with(tag, "/li") || istarts_with(tag, "/div") ||
          istarts_with(tag, "/tr") || istarts_with(tag, "/h"))
        out.push_back('\n');
    } else if (json && c == '\\' && i + 1 < body.size()) {
      ++i;
      out.push_back(body[i] == 'n' || body[i] == 'r' ? '\n' : body[i] == 't' ? ' ' : body[i]);
    } else {
      out.push_back(c);
    }
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kReferences = {{{"&nbsp;", " "},
                                                                                         {"&lt;", "<"},
                                                                                         {"&gt;", ">"},
                                                                                         {"&quot;", "\""},
                                                                                         {"&#39;", "'"},
                                                                                         {"&#x27;", "'"},
                                                                                         {"&amp;", "&"}}};
  for (const auto& [from, to] : kReferences)
    if (has(out, from)) out = replace_all(std::move(out), from, to);
  return out;
}

// The language whose stack frame the line is; "" for none.
std::string_view frame_language(std::string_view line) {
  constexpr std::array<std::string_view, 4> kJvm = {".java", ".kt", ".scala", ".groovy"};
  constexpr std::array<std::string_view, 6> kNode = {".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx"};
  const bool at = line.starts_with("at ");
  if (at && line.ends_with(")") &&
      (has_any_line_number(line, kJvm) || line.ends_with("(Native Method)") || line.ends_with("(Unknown Source)")))
    return "java";
  if (at && (has_any_line_number(line, kNode) || has(line, "(node:internal/") || has(line, "at node:internal/")))
    return "javascript";
  if (at && has(line, "(") &&
      (has(line, ".cs:line ") || has(line, ".vb:line ") || line.starts_with("at System.") ||
       line.starts_with("at Microsoft.")))
    return "dotnet";
  if (line.starts_with("File \"") && has(line, "\", line ")) return "python";
  if (has_line_number(line, ".rb") && (has(line, ":in `") || has(line, ":in '"))) return "ruby";
  if (line.starts_with("#") && line.size() > 1 && is_digit(line[1]) && (has(line, ".php(") || has(line, "{main}")))
    return "php";
  if (has_line_number(line, ".go") && has(line, " +0x")) return "go";
  if (line.starts_with("at ") && has_line_number(line, ".rs")) return "rust";
  return {};
}

// A line that shows a stack trace by itself.
std::string_view trace_header(std::string_view line) {
  if (line.starts_with("Traceback (most recent call last)")) return "python";
  if (line.starts_with("goroutine ") && line.ends_with("]:")) return "go";
  if (line.starts_with("thread '") && has(line, "' panicked at ")) return "rust";
  if ((has(line, "Fatal error: ") || has(line, "Parse error: ") || has(line, "Warning: ")) &&
      has(line, ".php on line "))
    return "php";
  return {};
}

struct Signature {
  std::string_view what;
  std::string_view text;
};

// Sentences of database drivers and debug pages that nothing else writes.
constexpr std::array<Signature, 24> kSignatures = {{
    {"database-error:mysql", "You have an error in your SQL syntax"},
    {"database-error:mysql", "ER_PARSE_ERROR"},
    {"database-error:mysql", "com.mysql."},
    {"database-error:postgresql", "syntax error at or near \""},
    {"database-error:postgresql", "org.postgresql.util.PSQLException"},
    {"database-error:postgresql", "PG::SyntaxError"},
    {"database-error:postgresql", "psycopg2.errors."},
    {"database-error:postgresql", "violates foreign key constraint"},
    {"database-error:postgresql", "violates unique constraint"},
    {"database-error:oracle", "ORA-0"},
    {"database-error:sqlserver", "Unclosed quotation mark after the character string"},
    {"database-error:sqlserver", "System.Data.SqlClient.SqlException"},
    {"database-error:sqlite", "SQLITE_ERROR"},
    {"database-error:sqlite", "sqlite3.OperationalError"},
    {"database-error:odbc", "[ODBC "},
    {"database-error:pdo", "SQLSTATE["},
    {"database-error:sequelize", "SequelizeDatabaseError"},
    {"database-error:mongodb", "MongoServerError:"},
    {"debug-page:django", "You're seeing this error because you have DEBUG = True"},
    {"debug-page:werkzeug", "Werkzeug Debugger"},
    {"debug-page:rails", "Rails.root: "},
    {"debug-page:laravel", "Illuminate\\Foundation\\"},
    {"debug-page:aspnet", "Server Error in '/"},
    {"debug-page:symfony", "Symfony\\Component\\"},
}};

// An absolute path of a source file: "/srv/app/lib/x.js", "C:\inetpub\x.cs".
std::optional<std::string> source_path(std::string_view line, std::string_view asked_path) {
  constexpr std::array<std::string_view, 14> kRoots = {
      "/home/", "/var/www/", "/var/task/", "/usr/src/", "/usr/local/", "/usr/lib/", "/opt/",
      "/srv/",  "/root/",    "/Users/",    "/app/",     "/workspace/", "/code/",    "/tmp/"};
  constexpr std::array<std::string_view, 14> kExtensions = {".js",   ".mjs", ".cjs", ".ts", ".py",  ".rb",  ".php",
                                                            ".java", ".go",  ".rs",  ".cs", ".jar", ".erb", ".jsp"};
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool drive =
        i + 2 < line.size() && line[i] >= 'A' && line[i] <= 'Z' && line[i + 1] == ':' && line[i + 2] == '\\';
    const bool root = std::ranges::any_of(kRoots, [&](std::string_view r) { return line.substr(i).starts_with(r); });
    if (!drive && !root) continue;
    if (i > 0 && (is_word(line[i - 1]) || has(".-/:@", line.substr(i - 1, 1))))
      continue;  // inside a URL or a longer path
    const auto end = line.find_first_of(" \t\"'<>()[]{},;|", i);
    auto path = line.substr(i, end == std::string_view::npos ? end : end - i);
    if (const auto colon = path.find(':', drive ? 3 : 0); colon != std::string_view::npos) path = path.substr(0, colon);
    const bool source = std::ranges::any_of(kExtensions, [&](std::string_view e) { return path.ends_with(e); });
    if (source && (asked_path.empty() || !has(path, asked_path)) && path != asked_path) return std::string(path);
    i += path.size();
  }
  return std::nullopt;
}

class Finder {
 public:
  explicit Finder(std::string_view asked_path) : asked_path_(asked_path) {}

  void look_at(std::string_view line) {
    if (const auto language = trace_header(line); !language.empty()) add("stack-trace:" + std::string(language), line);
    if (const auto language = frame_language(line); !language.empty()) {
      // One frame may be quoted in prose; two in a row are a trace.
      if (language == frame_language_ && frames_in_row_ >= 1) add("stack-trace:" + std::string(language), line);
      frames_in_row_ = language == frame_language_ ? frames_in_row_ + 1 : 1;
      frame_language_ = language;
    } else if (!line.empty() && frame_language_ != "python" && frame_language_ != "go") {
      frames_in_row_ = 0;  // Python and Go print a line of source or of call between two frames
    }
    for (const auto& s : kSignatures)
      if (has(line, s.text)) add(std::string(s.what), line);
    if (source_path(line, asked_path_)) add("file-path", line);
  }

  std::vector<Leak> take() { return std::move(leaks_); }

 private:
  void add(std::string what, std::string_view line) {
    if (std::ranges::find(leaks_, what, &Leak::what) != leaks_.end()) return;
    leaks_.push_back({std::move(what), ellipsis(printable(line), kMaxExcerpt)});
  }

  std::string_view asked_path_;
  std::string_view frame_language_;
  int frames_in_row_ = 0;
  std::vector<Leak> leaks_;
};

}  // namespace

std::vector<Leak> find_leaks(std::string_view text, std::string_view asked_path) {
  const auto visible = visible_text(text);
  Finder finder(asked_path.size() > 1 ? asked_path : std::string_view());
  for (const auto line : split(visible, '\n')) finder.look_at(trim(line.substr(0, kMaxLine)));
  return finder.take();
}

std::optional<std::string> product_version(std::string_view text) {
  for (auto slash = text.find('/'); slash != std::string_view::npos; slash = text.find('/', slash + 1)) {
    auto start = slash;
    while (start > 0 && (is_word(text[start - 1]) || text[start - 1] == '-' || text[start - 1] == '.')) --start;
    auto end = slash + 1;
    while (end < text.size() && (is_word(text[end]) || text[end] == '.' || text[end] == '-')) ++end;
    const auto version = text.substr(slash + 1, end - slash - 1);
    const bool starts_outside_a_path = start == 0 || text[start - 1] != '/';
    if (start < slash && !is_digit(text[start]) && starts_outside_a_path && !version.empty() &&
        is_digit(version.front()) && has(version, "."))
      return std::string(text.substr(start, end - start));
  }
  return std::nullopt;
}

}  // namespace assay::judge
