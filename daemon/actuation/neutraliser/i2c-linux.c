/* /dev/i2c-N by combined transfers (Documentation/i2c/dev-interface in the kernel's sources). */
#define _POSIX_C_SOURCE 200809L
#include "bus.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* In units of 10 ms. */
#define TRANSFER_LIMIT 2
#define LONGEST_WRITE 16

static int descriptor = -1;

int bus_open(unsigned number) {
  char path[32];
  if (descriptor >= 0) return 0;
  snprintf(path, sizeof path, "/dev/i2c-%u", number);
  descriptor = open(path, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return -1;
  /* Adapters that cannot be told keep their own limits. */
  ioctl(descriptor, I2C_TIMEOUT, TRANSFER_LIMIT);
  ioctl(descriptor, I2C_RETRIES, 1);
  return 0;
}

static int transfer(struct i2c_msg *messages, unsigned count) {
  struct i2c_rdwr_ioctl_data job = {.msgs = messages, .nmsgs = count};
  return ioctl(descriptor, I2C_RDWR, &job) < 0 ? -1 : 0;
}

int bus_write(uint8_t address, uint8_t reg, const uint8_t *bytes, size_t length) {
  uint8_t buffer[1 + LONGEST_WRITE];
  if (length > LONGEST_WRITE) {
    errno = EINVAL;
    return -1;
  }
  buffer[0] = reg;
  memcpy(buffer + 1, bytes, length);
  struct i2c_msg message = {.addr = address, .flags = 0, .len = (uint16_t)(1 + length), .buf = buffer};
  return transfer(&message, 1);
}

int bus_read(uint8_t address, uint8_t reg, uint8_t *byte) {
  struct i2c_msg messages[2] = {
      {.addr = address, .flags = 0, .len = 1, .buf = &reg},
      {.addr = address, .flags = I2C_M_RD, .len = 1, .buf = byte},
  };
  return transfer(messages, 2);
}

int sysfs_write(const char *path, const char *text) {
  size_t length = strlen(text);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t written = write(file, text, length);
  int reason = written < 0 ? errno : written == (ssize_t)length ? 0 : EIO;
  close(file);
  errno = reason;
  return reason == 0 ? 0 : -1;
}

void bus_wait_ms(unsigned milliseconds) {
  struct timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

uint64_t bus_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}
