mkdir -p var/log
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > var/log/app.log
cat /tmp/important.txt
cat var/log/app.log
rm /tmp/important.txt
ls /tmp /var/log
