// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The Nano's PWM controller for the virtual Jetson: four channels of a device 7000a000.pwm, a chip to the kernel's own PWM code
 * and /sys/class/pwm as any other. debugfs virtual-pwm/channels says what each would put out, "CHANNEL on|off DUTY_NS PERIOD_NS
 * SINCE_NS", since when by CLOCK_MONOTONIC, so that a test need not ask the program it tests.
 */
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pwm.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#define CHANNELS 4

struct output {
	bool enabled;
	u64 duty_ns;
	u64 period_ns;
	u64 since_ns;
};

static struct output outputs[CHANNELS];
static DEFINE_SPINLOCK(outputs_lock);

/* Periods as the Tegra has them are not modelled: it takes what it is asked for. */
static int apply(struct pwm_chip *chip, struct pwm_device *pwm, const struct pwm_state *state)
{
	struct output *output = &outputs[pwm->hwpwm];

	if (state->polarity != PWM_POLARITY_NORMAL)
		return -EINVAL;
	spin_lock(&outputs_lock);
	if (output->enabled != state->enabled || output->duty_ns != state->duty_cycle || output->period_ns != state->period)
		output->since_ns = ktime_get_ns();
	output->enabled = state->enabled;
	output->duty_ns = state->duty_cycle;
	output->period_ns = state->period;
	spin_unlock(&outputs_lock);
	return 0;
}

static const struct pwm_ops operations = { .apply = apply, .owner = THIS_MODULE };
static struct pwm_chip chip = { .ops = &operations, .npwm = CHANNELS };

static int channels_show(struct seq_file *file, void *unused)
{
	int channel;

	for (channel = 0; channel < CHANNELS; channel++) {
		struct output output;

		spin_lock(&outputs_lock);
		output = outputs[channel];
		spin_unlock(&outputs_lock);
		seq_printf(file, "%d %s %llu %llu %llu\n", channel, output.enabled ? "on" : "off", output.duty_ns,
			   output.period_ns, output.since_ns);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(channels);

static struct platform_device *device;
static struct dentry *folder;

static int __init virtual_pwm_init(void)
{
	int failed;

	device = platform_device_register_simple("7000a000.pwm", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	chip.dev = &device->dev;
	failed = pwmchip_add(&chip);
	if (failed) {
		platform_device_unregister(device);
		return failed;
	}
	folder = debugfs_create_dir("virtual-pwm", NULL);
	debugfs_create_file("channels", 0400, folder, NULL, &channels_fops);
	return 0;
}

static void __exit virtual_pwm_exit(void)
{
	debugfs_remove(folder);
	pwmchip_remove(&chip);
	platform_device_unregister(device);
}

module_init(virtual_pwm_init);
module_exit(virtual_pwm_exit);
MODULE_DESCRIPTION("The PWM controller of a Jetson Nano, for tests");
MODULE_LICENSE("Dual MIT/GPL");
