/*
 * Ends what the motor boards drive: the throttle of a speed controller neutral for two periods, so that it has seen it, then
 * no more pulses; the inputs of a bridge at once; OE at last, where it is wired. For systemd's ExecStartPre and ExecStopPost and for the boot, where Node.js would need a second to start and a
 * PCA9685 repeats its last pulse for ever. Does what daemon/actuation/neutralise.ts does, in the same order.
 *
 *   neutralise [FILE]     FILE: what the car wrote at its last start (daemon/actuation/neutraliser/wheels-file.ts)
 *
 * A name that FILE has and this program does not know is a newer version's, which was rolled back: it is told and skipped, and
 * what is known is neutralised.
 *
 * Exit code 0: all that is known was taken, or there is nothing to neutralise. 1: it was not. 2: FILE makes no sense.
 */
#include "bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char default_file[] = "/var/lib/jetson-car/wheels";

/* Registers and bits of the PCA9685 (NXP datasheet rev. 4, section 7.3). */
enum { MODE1 = 0x00, LED0 = 0x06, BYTES_PER_LED = 4, OFF_HIGH = 3, PRE_SCALE = 0xfe };
enum { SLEEP = 0x10, AUTO_INCREMENT = 0x20, FULL_OFF = 0x10 };
enum { OSCILLATOR_MHZ = 25, COUNTS = 4096, CHANNELS = 16 };
enum { MOST_BOARDS = 4, MOST_FILES = 4, LONGEST_LINE = 256 };

/* All steps together; with the two periods the bound of systemd's step is kept. */
enum { GIVE_UP_AFTER_MS = 400, PAUSE_MS = 10 };

struct board {
  unsigned address, prescale;
  /* The throttle's, where the board drives a speed controller; a bridge has no neutral pulse. */
  int hold_channel;
  unsigned hold_us;
  unsigned off_channels[CHANNELS];
  size_t off_count;
};

struct wheels {
  unsigned bus;
  struct board boards[MOST_BOARDS];
  size_t board_count;
  /* Of sysfs: duties of the computer's own PWM. */
  char zero_files[MOST_FILES][LONGEST_LINE];
  size_t zero_count;
  /* Of sysfs: the `value` of the pin at the boards' OE, which ends every pulse also where the bus does not answer. */
  char high_file[LONGEST_LINE];
};

static uint64_t deadline_ms;

static int parse_number(const char *text, unsigned most, unsigned *number) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (end == text || *end != '\0' || errno != 0 || *text == '-' || value > most) return -1;
  *number = (unsigned)value;
  return 0;
}

static int parse_channels(char *text, struct board *board) {
  for (char *part = strtok(text, ","); part != NULL; part = strtok(NULL, ",")) {
    if (board->off_count == CHANNELS) return -1;
    if (parse_number(part, CHANNELS - 1, &board->off_channels[board->off_count++]) != 0) return -1;
  }
  return board->off_count > 0 ? 0 : -1;
}

static int begin_board(const char *text, struct wheels *wheels) {
  if (wheels->board_count == MOST_BOARDS) return -1;
  struct board *board = &wheels->boards[wheels->board_count++];
  *board = (struct board){.hold_channel = -1};
  return parse_number(text, 0x77, &board->address);
}

static int add_zero_file(const char *path, struct wheels *wheels) {
  if (wheels->zero_count == MOST_FILES || strncmp(path, "/sys/", 5) != 0) return -1;
  strcpy(wheels->zero_files[wheels->zero_count++], path);
  return 0;
}

static int set_high_file(const char *path, struct wheels *wheels) {
  if (wheels->high_file[0] != '\0' || strncmp(path, "/sys/", 5) != 0) return -1;
  strcpy(wheels->high_file, path);
  return 0;
}

/* What became of a line: taken, refused, or of a name that this version does not know. */
enum outcome { TAKEN = 0, REFUSED = -1, UNKNOWN = 1 };

static int parse_board_line(const char *key, char *value, struct board *board) {
  unsigned channel;
  if (strcmp(key, "prescale") == 0) return parse_number(value, 255, &board->prescale);
  if (strcmp(key, "hold_us") == 0) return parse_number(value, 2500, &board->hold_us);
  if (strcmp(key, "off_channels") == 0) return parse_channels(value, board);
  if (strcmp(key, "hold_channel") != 0) return UNKNOWN;
  if (parse_number(value, CHANNELS - 1, &channel) != 0) return REFUSED;
  board->hold_channel = (int)channel;
  return TAKEN;
}

static int parse_line(const char *key, char *value, struct wheels *wheels) {
  if (strcmp(key, "bus") == 0) return parse_number(value, 255, &wheels->bus);
  if (strcmp(key, "zero_file") == 0) return add_zero_file(value, wheels);
  if (strcmp(key, "high_file") == 0) return set_high_file(value, wheels);
  if (strcmp(key, "address") == 0) return begin_board(value, wheels);
  if (wheels->board_count > 0) return parse_board_line(key, value, &wheels->boards[wheels->board_count - 1]);
  struct board none = {0};
  return parse_board_line(key, value, &none) == UNKNOWN ? UNKNOWN : REFUSED;
}

static int is_name(const char *text) {
  return *text >= 'a' && *text <= 'z' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static int is_whole(const struct wheels *wheels) {
  for (size_t index = 0; index < wheels->board_count; index++) {
    const struct board *board = &wheels->boards[index];
    if (board->address < 0x08 || board->off_count == 0 || board->prescale < 3) return 0;
  }
  return wheels->board_count + wheels->zero_count > 0 || wheels->high_file[0] != '\0';
}

static void drop_rest_of_line(FILE *file) {
  int character;
  do character = fgetc(file);
  while (character != '\n' && character != EOF);
}

static int read_line(char *line, FILE *file, const char *path, struct wheels *wheels) {
  size_t length = strcspn(line, "\n");
  int is_cut = line[length] == '\0' && length == LONGEST_LINE - 1;
  line[length] = '\0';
  if (is_cut) drop_rest_of_line(file);
  if (line[0] == '\0' || line[0] == '#') return 0;
  char *value = strchr(line, '=');
  int outcome = REFUSED;
  if (value != NULL) {
    *value++ = '\0';
    outcome = parse_line(line, value, wheels);
  }
  if (outcome == TAKEN && !is_cut) return 0;
  if (outcome == UNKNOWN && is_name(line)) {
    fprintf(stderr, "neutralise: %s: skips \"%.40s\", which this version does not know\n", path, line);
    return 0;
  }
  fprintf(stderr, "neutralise: %s: the line of \"%.40s\" makes no sense\n", path, line);
  return -1;
}

/* 1 when there is no such file. */
static int read_file(const char *path, struct wheels *wheels) {
  char line[LONGEST_LINE];
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    if (errno == ENOENT) return 1;
    fprintf(stderr, "neutralise: %s cannot be read: %s\n", path, strerror(errno));
    return -1;
  }
  int result = 0;
  while (result == 0 && fgets(line, sizeof line, file) != NULL) result = read_line(line, file, path, wheels);
  fclose(file);
  if (result == 0 && !is_whole(wheels)) {
    fprintf(stderr, "neutralise: %s is not whole\n", path);
    return -1;
  }
  return result;
}

static int write_insisting(uint8_t address, uint8_t reg, const uint8_t *bytes, size_t length) {
  while (bus_write(address, reg, bytes, length) != 0) {
    if (bus_now_ms() >= deadline_ms) return -1;
    bus_wait_ms(PAUSE_MS);
  }
  return 0;
}

/* In the periods that the chip really makes, whoever set it up. */
static void find_timing(const struct board *board, int *asleep, unsigned *prescale) {
  uint8_t address = (uint8_t)board->address, mode, found;
  *asleep = 0;
  *prescale = board->prescale;
  /* A chip that does not say is taken to be as the car set it up: neutral must not wait. */
  if (bus_read(address, MODE1, &mode) != 0 && bus_read(address, MODE1, &mode) != 0) return;
  if ((mode & SLEEP) != 0) {
    *asleep = 1;
    return;
  }
  if ((mode & AUTO_INCREMENT) == 0) {
    const uint8_t counting = AUTO_INCREMENT;
    write_insisting(address, MODE1, &counting, 1);
  }
  if (bus_read(address, PRE_SCALE, &found) == 0 && found >= 3) *prescale = found;
}

static int neutralise_board(const struct board *board) {
  uint8_t address = (uint8_t)board->address;
  int asleep, result = 0;
  unsigned prescale;
  find_timing(board, &asleep, &prescale);
  if (board->hold_channel >= 0 && !asleep) {
    unsigned count = (board->hold_us * OSCILLATOR_MHZ + (prescale + 1) / 2) / (prescale + 1);
    unsigned period_ms = (prescale + 1) * COUNTS / (OSCILLATOR_MHZ * 1000) + 1;
    if (count >= COUNTS) count = COUNTS - 1;
    const uint8_t pulse[BYTES_PER_LED] = {0, 0, (uint8_t)(count & 0xff), (uint8_t)(count >> 8)};
    uint8_t reg = (uint8_t)(LED0 + BYTES_PER_LED * board->hold_channel);
    if (write_insisting(address, reg, pulse, sizeof pulse) == 0) bus_wait_ms(2 * period_ms + 1);
    else result = -1;
  }
  const uint8_t off = FULL_OFF;
  for (size_t index = 0; index < board->off_count; index++) {
    uint8_t reg = (uint8_t)(LED0 + BYTES_PER_LED * board->off_channels[index] + OFF_HIGH);
    if (write_insisting(address, reg, &off, 1) != 0) result = -1;
  }
  return result;
}

/* What can be stopped is stopped, also when something before it could not be. */
static int neutralise_all(const struct wheels *wheels) {
  int result = 0;
  for (size_t index = 0; index < wheels->zero_count; index++) {
    /* A channel without a period takes no duty, not even 0: it puts nothing out. */
    if (sysfs_write(wheels->zero_files[index], "0") == 0 || errno == EINVAL) continue;
    fprintf(stderr, "neutralise: %s: %s\n", wheels->zero_files[index], strerror(errno));
    result = -1;
  }
  if (wheels->board_count == 0) return result;
  while (bus_open(wheels->bus) != 0) {
    if (bus_now_ms() >= deadline_ms) {
      fprintf(stderr, "neutralise: bus %u cannot be opened: %s\n", wheels->bus, strerror(errno));
      return -1;
    }
    bus_wait_ms(PAUSE_MS);
  }
  for (size_t index = 0; index < wheels->board_count; index++) {
    const struct board *board = &wheels->boards[index];
    if (neutralise_board(board) == 0) continue;
    fprintf(stderr, "neutralise: the motor board 0x%02x on bus %u could not be set to neutral: %s\n", board->address, wheels->bus, strerror(errno));
    result = -1;
  }
  return result;
}

/*
 * A pin that nobody has taken drives nothing: its pull-up has it high. One that was left as an input takes no level (EPERM): it
 * becomes an output that is high from the first moment on, which its `direction` takes in one step; but not while the kernel
 * listens for its edges (Documentation/gpio/sysfs).
 */
static int raise(const char *value) {
  char path[LONGEST_LINE + sizeof "direction"];
  if (sysfs_write(value, "1") == 0 || errno == ENOENT) return 0;
  const char *slash = strrchr(value, '/');
  int folder = slash == NULL ? 0 : (int)(slash - value);
  if (errno != EPERM) {
    fprintf(stderr, "neutralise: %s: %s\n", value, strerror(errno));
    return -1;
  }
  snprintf(path, sizeof path, "%.*s/edge", folder, value);
  sysfs_write(path, "none");
  snprintf(path, sizeof path, "%.*s/direction", folder, value);
  if (sysfs_write(path, "high") == 0) return 0;
  fprintf(stderr, "neutralise: %s is an input, and %s: %s\n", value, path, strerror(errno));
  return -1;
}

/* OE comes behind the last pulse, so that the speed controller has seen neutral; and also where it could not be shown any. */
static int neutralise(const struct wheels *wheels) {
  int result = neutralise_all(wheels);
  return wheels->high_file[0] == '\0' || raise(wheels->high_file) == 0 ? result : -1;
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : default_file;
  struct wheels wheels = {0};
  switch (read_file(path, &wheels)) {
    case 0:
      break;
    case 1:
      fprintf(stderr, "neutralise: no %s: no car has driven from here yet\n", path);
      return 0;
    default:
      return 2;
  }
  deadline_ms = bus_now_ms() + GIVE_UP_AFTER_MS;
  return neutralise(&wheels) == 0 ? 0 : 1;
}
