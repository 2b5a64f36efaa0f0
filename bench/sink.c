// A mail server that takes everything, for measuring those who send: sink SMTP_PORT CONTROL_PORT [REPLY_DELAY_MS]
// Counts mails by the number in their recipient (u17@…): a second one of the same number is a double.
// Control port: one byte 'z' sets all to zero, any other asks; the answer is one line of JSON.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, ROOM = 1 << 19, NUMBERS = 1 << 22, LATER = 1 << 16 };
struct line { int fd, in_body; long number, born; size_t held; char *buffer; };
struct reply { double at; int slot; long born; char words[64]; int length; };

static struct line lines[MOST];
static struct pollfd watched[MOST + 2];
static unsigned char times[NUMBERS];
static struct reply *later;
static size_t first_later, last_later;
static long taken, different, opened;
static double delay, began, ended;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }

static int open_port(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(fd, (struct sockaddr *)&here, sizeof here) || listen(fd, 512)) { perror("sink"); exit(1); }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static void say(int slot, const char *words, int length) {
  if (delay <= 0) { if (write(lines[slot].fd, words, length) < 0) return; return; }
  struct reply *r = &later[last_later++ % LATER];
  r->at = now() + delay; r->slot = slot; r->born = lines[slot].born; r->length = length; memcpy(r->words, words, length);
}

static void leave(int slot) {
  close(lines[slot].fd); free(lines[slot].buffer);
  memset(&lines[slot], 0, sizeof lines[slot]); watched[slot + 2].fd = -1;
}

static void count(long number) {
  double t = now();
  if (!taken++) began = t;
  ended = t;
  if (number >= 0 && number < NUMBERS) { different += !times[number]; times[number] += times[number] < 255; }
}

// Everything that is complete in the buffer; the answers to it go out as one piece. 0: the line is over.
static int read_on(int slot) {
  struct line *l = &lines[slot];
  char answer[64]; int length = 0; size_t at = 0;
  while (1) {
    char *begin = l->buffer + at, *end = memmem(begin, l->held - at, l->in_body ? "\r\n.\r\n" : "\r\n", l->in_body ? 5 : 2);
    if (!end || length > 40) break;
    at = end - l->buffer + (l->in_body ? 5 : 2);
    if (l->in_body) { l->in_body = 0; count(l->number); length += sprintf(answer + length, "250 ok\r\n"); continue; }
    if (!strncasecmp(begin, "EHLO", 4)) {
      static const char offers[] = "250-sink\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n";
      say(slot, offers, sizeof offers - 1); continue;
    }
    if (!strncasecmp(begin, "QUIT", 4)) return 0;
    if (!strncasecmp(begin, "RCPT", 4)) { char *d = memchr(begin, 'u', end - begin); l->number = d ? atol(d + 1) : -1; }
    l->in_body = !strncasecmp(begin, "DATA", 4);
    length += sprintf(answer + length, l->in_body ? "354 go\r\n" : "250 ok\r\n");
  }
  if (length) say(slot, answer, length);
  memmove(l->buffer, l->buffer + at, l->held -= at);
  return 1;
}

static void welcome(int listener) {
  for (int fd, slot = 0; (fd = accept(listener, 0, 0)) >= 0;) {
    while (slot < MOST && lines[slot].fd) slot++;
    if (slot == MOST) { close(fd); return; }
    int yes = 1; setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); fcntl(fd, F_SETFL, O_NONBLOCK);
    lines[slot] = (struct line){.fd = fd, .number = -1, .born = ++opened, .buffer = malloc(ROOM)};
    watched[slot + 2] = (struct pollfd){.fd = fd, .events = POLLIN};
    say(slot, "220 sink\r\n", 10);
  }
}

static void report(int listener) {
  char order = 0, words[256]; int fd = accept(listener, 0, 0);
  if (fd < 0) return;
  fcntl(fd, F_SETFL, 0);
  if (read(fd, &order, 1) == 1 && order == 'z') { memset(times, 0, sizeof times); taken = different = opened = 0; began = ended = 0; }
  int length = sprintf(words, "{\"taken\": %ld, \"different\": %ld, \"opened\": %ld, \"seconds\": %.6f}\n", taken, different, opened, ended - began);
  if (write(fd, words, length) < 0) perror("sink");
  close(fd);
}

int main(int count_of, char **given) {
  if (count_of < 3) return 2;
  delay = count_of > 3 ? atof(given[3]) / 1000 : 0;
  later = calloc(LATER, sizeof *later);
  for (int i = 0; i < MOST + 2; i++) watched[i].fd = -1;
  watched[0] = (struct pollfd){.fd = open_port(atoi(given[1])), .events = POLLIN};
  watched[1] = (struct pollfd){.fd = open_port(atoi(given[2])), .events = POLLIN};
  while (1) {
    double wait = first_later < last_later ? later[first_later % LATER].at - now() : 1e9;
    poll(watched, MOST + 2, wait > 1e6 ? -1 : wait > 0 ? (int)(wait * 1000) + 1 : 0);
    for (double t = now(); first_later < last_later && later[first_later % LATER].at <= t; first_later++) {
      struct reply *r = &later[first_later % LATER];
      if (lines[r->slot].born == r->born && write(lines[r->slot].fd, r->words, r->length) < 0) continue;
    }
    if (watched[0].revents) welcome(watched[0].fd);
    if (watched[1].revents) report(watched[1].fd);
    for (int slot = 0; slot < MOST; slot++) {
      struct line *l = &lines[slot];
      if (!l->fd || !watched[slot + 2].revents) continue;
      ssize_t got = read(l->fd, l->buffer + l->held, ROOM - l->held);
      if (got <= 0 || ((l->held += got), !read_on(slot)) || l->held == ROOM) leave(slot);
    }
  }
}
