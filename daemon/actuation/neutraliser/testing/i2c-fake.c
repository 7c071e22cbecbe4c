/*
 * A bus in files, for the neutraliser's tests: registers.bin in the working directory holds the 256 registers of the one
 * device at 0x40, writes.txt gets a line for each write and each wait, refusals.txt says how many transfers fail first.
 * sysfs.txt has a line for each file of sysfs that there is: the errno it answers with, 0 for one that takes what is written, a
 * space, its path.
 */
#define _POSIX_C_SOURCE 200809L
#include "../bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refusals = -1;
static uint64_t now_ms;

static void tell(const char *text, unsigned a, const uint8_t *bytes, size_t length) {
  FILE *file = fopen("writes.txt", "a");
  if (file == NULL) return;
  fprintf(file, "%s %u", text, a);
  for (size_t index = 0; index < length; index++) fprintf(file, " %u", bytes[index]);
  fprintf(file, "\n");
  fclose(file);
}

static int refused(uint8_t address) {
  if (refusals < 0) {
    FILE *file = fopen("refusals.txt", "r");
    if (file == NULL || fscanf(file, "%d", &refusals) != 1) refusals = 0;
    if (file != NULL) fclose(file);
  }
  errno = EREMOTEIO;
  if (address != 0x40) return 1;
  if (refusals == 0) return 0;
  refusals--;
  return 1;
}

int bus_open(unsigned number) {
  (void)number;
  return 0;
}

int bus_write(uint8_t address, uint8_t reg, const uint8_t *bytes, size_t length) {
  if (refused(address)) return -1;
  FILE *file = fopen("registers.bin", "r+b");
  if (file == NULL) return -1;
  fseek(file, reg, SEEK_SET);
  fwrite(bytes, 1, length, file);
  fclose(file);
  tell("write", reg, bytes, length);
  return 0;
}

int bus_read(uint8_t address, uint8_t reg, uint8_t *byte) {
  if (refused(address)) return -1;
  FILE *file = fopen("registers.bin", "rb");
  if (file == NULL) return -1;
  fseek(file, reg, SEEK_SET);
  int found = fgetc(file);
  fclose(file);
  if (found == EOF) return -1;
  *byte = (uint8_t)found;
  return 0;
}

int sysfs_write(const char *path, const char *text) {
  char line[300];
  FILE *file = fopen("sysfs.txt", "r");
  int answer = ENOENT;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    char *there = strchr(line, ' ');
    line[strcspn(line, "\n")] = '\0';
    if (there != NULL && strcmp(there + 1, path) == 0) answer = atoi(line);
  }
  if (file != NULL) fclose(file);
  file = answer == 0 ? fopen("writes.txt", "a") : NULL;
  if (file != NULL) {
    fprintf(file, "file %s %s\n", path, text);
    fclose(file);
  }
  errno = answer;
  return answer == 0 ? 0 : -1;
}

void bus_wait_ms(unsigned milliseconds) {
  now_ms += milliseconds;
  tell("wait", milliseconds, NULL, 0);
}

uint64_t bus_now_ms(void) { return now_ms; }
