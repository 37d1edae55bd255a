docker run -it --name test-data alpine:latest sh
printf '%s\n' '중요한 데이터' | tee /tmp/important.txt
cat <<END > /var/log/app.log
애플리케이션 로그
END
exit
docker start -ia test-data
head -n 1 /tmp/important.txt
tail /var/log/app.log
exit
docker rm test-data
docker run -it --name test-data-new alpine:latest sh
cat /tmp/important.txt
cat /var/log/app.log
exit
